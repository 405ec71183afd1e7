/* Interrupts a program in a console, once it has been given all of a file and waits for more:

       interrupt c|break|close FILE COMMAND [TIMES]

   Ends with the program's exit status; from 90 on something went wrong here. Part of windows.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static BOOL WINAPI none_of_mine(DWORD event) {
    (void)event;
    return TRUE;
}

/* GenerateConsoleCtrlEvent of Wine 8 knows Ctrl-C only (error 6 for Ctrl-Break, with and without a
   display), and no function sends the event of closing. So the thread is started that Windows and Wine
   start in a program for an event. */
static BOOL interrupt(const char *event, HANDLE program) {
    if (!strcmp(event, "c")) return GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    DWORD_PTR number = strcmp(event, "break") ? CTRL_CLOSE_EVENT : CTRL_BREAK_EVENT;
    FARPROC routine = GetProcAddress(GetModuleHandleA("kernelbase"), "CtrlRoutine");
    return routine && CreateRemoteThread(program, NULL, 0, (LPTHREAD_START_ROUTINE)(void *)routine, (void *)number, 0, NULL);
}

int main(int count, char **argument) {
    if (count < 4) return 90;
    HANDLE output = GetStdHandle(STD_OUTPUT_HANDLE), error = GetStdHandle(STD_ERROR_HANDLE);
    FreeConsole();
    if (!AllocConsole() || !SetConsoleCtrlHandler(none_of_mine, TRUE)) return 91;
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE from, to;
    if (!CreatePipe(&from, &to, &inherited, 1 << 20)) return 92;
    SetHandleInformation(to, HANDLE_FLAG_INHERIT, 0);
    STARTUPINFOA start = {.cb = sizeof start};
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = from;
    start.hStdOutput = output;
    start.hStdError = error;
    PROCESS_INFORMATION program;
    if (!CreateProcessA(NULL, argument[3], NULL, NULL, TRUE, 0, NULL, NULL, &start, &program)) return 93;
    FILE *file = fopen(argument[2], "rb");
    static char bytes[1 << 16];
    DWORD length = file ? (DWORD)fread(bytes, 1, sizeof bytes, file) : 0, written;
    if (!length || !WriteFile(to, bytes, length, &written, NULL)) return 94;
    /* It has read everything, and so it listens. */
    DWORD left = length;
    for (int turn = 0; turn < 600 && left > 0; turn++) {
        Sleep(100);
        if (!PeekNamedPipe(from, NULL, 0, NULL, &left, NULL)) return 95;
    }
    int times = count > 4 ? atoi(argument[4]) : 1;
    while (times-- > 0)
        if (!interrupt(argument[1], program.hProcess)) return 96;
    if (WaitForSingleObject(program.hProcess, 60000) != WAIT_OBJECT_0) return 97;
    DWORD status;
    return GetExitCodeProcess(program.hProcess, &status) ? (int)status : 98;
}
