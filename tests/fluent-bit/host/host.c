/*
 * Calls a filter in WebAssembly as Fluent Bit's plug-in filter_wasm does in the event format JSON:
 * tag and event copied into the module with a zero octet behind each, the function called, the
 * result copied up to its zero octet, both copies given back.
 *
 *   host MODULE FUNCTION STACK-OCTETS HEAP-OCTETS
 *
 * Standard input: seconds, nanoseconds, length, each four octets, little-endian; then the event.
 * Standard output: length, four octets, then the result; NO_RESULT as length for an event that
 * Fluent Bit would drop. The length ASK_FIGURES without an event asks for figures, as JSON.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wasm_export.h"

#define ASK_FIGURES UINT32_MAX
#define NO_RESULT UINT32_MAX

static const char tag[] = "stackprint.test";

struct call {
    uint32_t seconds, nanos, len;
};

struct module {
    wasm_module_inst_t instance;
    wasm_exec_env_t env;
    wasm_function_inst_t function;
};

static uint64_t calls, traps, cpu_ns;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "host: %s: %s\n", what, why);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint8_t *read_file(const char *path, uint32_t *len) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) fail(path, "cannot be read");
    long size = ftell(file);
    rewind(file);
    uint8_t *octets = malloc((size_t)size);
    if (!octets || fread(octets, 1, (size_t)size, file) != (size_t)size) fail(path, "cannot be read");
    fclose(file);
    *len = (uint32_t)size;
    return octets;
}

static struct module start(char **args) {
    char error[128];
    uint32_t len, stack = (uint32_t)atol(args[2]), heap = (uint32_t)atol(args[3]);
    RuntimeInitArgs init = {.mem_alloc_type = Alloc_With_Allocator};
    init.mem_alloc_option.allocator.malloc_func = malloc;
    init.mem_alloc_option.allocator.realloc_func = realloc;
    init.mem_alloc_option.allocator.free_func = free;
    if (!wasm_runtime_full_init(&init)) fail("WAMR", "does not start");
    uint8_t *octets = read_file(args[0], &len);
    wasm_module_t loaded = wasm_runtime_load(octets, len, error, sizeof error);
    if (!loaded) fail("load", error);
    struct module module;
    module.instance = wasm_runtime_instantiate(loaded, stack, heap, error, sizeof error);
    if (!module.instance) fail("instantiate", error);
    module.env = wasm_runtime_create_exec_env(module.instance, stack);
    if (!module.env) fail("execution environment", "not created");
    module.function = wasm_runtime_lookup_function(module.instance, args[1], NULL);
    if (!module.function) fail(args[1], "not exported");
    return module;
}

/* As flb_wasm_call_function_format_json; to be freed. NULL where Fluent Bit drops the event. */
static char *filter(struct module *module, const struct call *call, const char *event) {
    char *result = NULL;
    uint32_t tag_at = wasm_runtime_module_dup_data(module->instance, tag, sizeof tag);
    uint32_t event_at = wasm_runtime_module_dup_data(module->instance, event, call->len + 1);
    uint32_t args[6] = {tag_at, sizeof tag - 1, call->seconds, call->nanos, event_at, call->len};
    if (!wasm_runtime_call_wasm(module->env, module->function, 6, args)) {
        fprintf(stderr, "host: trap: %s\n", wasm_runtime_get_exception(module->instance));
        wasm_runtime_clear_exception(module->instance);
        traps++;
    } else if (wasm_runtime_validate_app_str_addr(module->instance, args[0])) {
        const char *place = wasm_runtime_addr_app_to_native(module->instance, args[0]);
        if (place) result = strdup(place);
    } else {
        wasm_runtime_clear_exception(module->instance);
    }
    if (tag_at) wasm_runtime_module_free(module->instance, tag_at);
    if (event_at) wasm_runtime_module_free(module->instance, event_at);
    return result;
}

static void answer(const void *octets, uint32_t len) {
    fwrite(&len, sizeof len, 1, stdout);
    if (len != NO_RESULT) fwrite(octets, 1, len, stdout);
    fflush(stdout);
}

static void figures(struct module *module) {
    uint32_t begin = 0, end = 0;
    char text[256];
    wasm_runtime_get_app_addr_range(module->instance, 0, &begin, &end);
    int len = snprintf(text, sizeof text,
        "{\"calls\":%llu,\"traps\":%llu,\"cpu_ns\":%llu,\"memory_octets\":%u}",
        (unsigned long long)calls, (unsigned long long)traps, (unsigned long long)cpu_ns, end);
    answer(text, (uint32_t)len);
}

static void *serve(void *args) {
    struct module module = start(args);
    struct call call;
    while (fread(&call, sizeof call, 1, stdin) == 1) {
        if (call.len == ASK_FIGURES) {
            figures(&module);
            continue;
        }
        char *event = malloc((size_t)call.len + 1);
        if (!event || fread(event, 1, call.len, stdin) != call.len) fail("input", "ends too early");
        event[call.len] = 0;
        uint64_t start_ns = now_ns();
        char *result = filter(&module, &call, event);
        cpu_ns += now_ns() - start_ns;
        calls++;
        answer(result, result ? (uint32_t)strlen(result) : NO_RESULT);
        free(result);
        free(event);
    }
    return NULL;
}

/*
 * A thread of its own, as of an input that is `threaded`: of the first thread, this old WAMR asks
 * the kernel at each call how far its stack goes, which takes longer than the filter.
 */
int main(int count, char **args) {
    pthread_t thread;
    if (count != 5) fail("usage", "host MODULE FUNCTION STACK-OCTETS HEAP-OCTETS");
    if (pthread_create(&thread, NULL, serve, args + 1)) fail("thread", "not created");
    return pthread_join(thread, NULL);
}
