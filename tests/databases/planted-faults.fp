; Every kind of fault that `stackprint db check` knows. The line above a fault says what is to be
; found there: its kind, how many lines before it the other signature stands, and whether p0f
; refuses the file for it. Parts between lines of dashes stand alone behind this head.
classes = unix,win
; ----
[tcp:request]
; fault: unknown_class refused
label = s:plan9:Plan 9:
;= recorded, 2026
sig = *:64:0:*:1000,0:mss,?200::0
; ----
[tcp:request]
label = s:unix:A:
;= recorded, 2026
; fault: syntax refused
sig = *:64:0:*:1000,0:mss,tso::0
; ----
[tcp:request]
; fault: empty_label
label = s:unix:B:
label = s:unix:C:
;= recorded, 2026
sig = *:64:0:*:1000,0:mss,?201::0
; ----
[tcp:request]
label = s:unix:D:
;= recorded, 2026
sig = 4:64:0:*:1000,*:mss,nop,ws,?202:df,id+:0
label = s:unix:E:
;= recorded, 2026
; fault: duplicate 4 refused
sig = 4:64:0:*:1000,*:mss,nop,ws,?202:df,id+:0
; ----
[tcp:request]
label = s:unix:F:
;= recorded, 2026
sig = *:64:0:*:1000,*:mss,nop,ws,?203:df,id+:0
; fault: duplicate 2
sig = *:64:0:*:1000,*:mss,nop,ws,?203:df,id+:0
; ----
[tcp:request]
label = s:unix:G:
;= recorded, 2026
sig = 4:64:0:*:*,*:mss,nop,ws,?204:df,id+:0
; fault: hidden 2 refused
sig = 4:64:0:1460:1000,7:mss,nop,ws,?204:df,id+:0
label = g:unix:H:
;= recorded, 2026
; fault: hidden 6 refused
sig = 4:64:0:*:1000,*:mss,nop,ws,?204:df,id+:0
; ----
[tcp:request]
label = s:unix:I:
;= recorded, 2026
sig = *:64:0:1460:*,*:mss,nop,ws,?205:df,id+:0
label = s:win:J:
;= recorded, 2026
; fault: overlap 4
sig = *:64:0:*:1000,*:mss,nop,ws,?205:df,id+:0
; ----
[tcp:response]
label = s:unix:K:
;= recorded, 2026
sig = 4:64:0:*:1000,*:mss,nop,ws,?206:df:0
; fault: covered 2 refused
sig = 4:60:0:*:1000,*:mss,nop,ws,?206:df:0
; ----
[tcp:response]
label = s:unix:L:
;= recorded, 2026
; fault: unreachable
sig = 4:64:0:*:1000,7:mss,sok:df,id-:0
; ----
[tcp:response]
label = s:unix:M:
; fault: evidence
;= recorded last week
; fault: evidence
sig = *:64:0:*:1000,0:mss,?207::0
;= recorded, 2026
sig = *:64:0:*:2000,0:mss,?207::0
; ----
[tcp:response]
; fault: evidence
;@ candidate iOS=0.6
; fault: candidates
;@ candidates iOS=0.6 macOS=0.5
label = s:unix:N:
;= recorded, 2026
sig = *:64:0:*:1000,0:mss,?208::0
