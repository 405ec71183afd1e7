; stackprint signatures, in p0f's syntax: p0f 3.09b reads this file, too.
;
; Lines that only stackprint reads are comments to p0f:
;   ;= SOURCE, DATE[, what it says]     why the signatures below it are here, to the next ;= or label
;   ;@ candidates NAME=SHARE …          which systems share the stack of the next label
;   ;@ quality SHARE                    how often the next label is right, where that is known
; Sources by name, and how to add a signature: docs/signatures.md.
;
; Order: what is specific before what is generic, and what is usual before what is rare, because the
; first signature that fits with tolerances is taken (a TTL out of reach, DF or IP id lost, ECN).
; Version * without "flow": fits IPv4 and IPv6, with a flow label or without.

classes = win,unix,other

[mtu]

label = Ethernet or modem
sig   = 576
sig   = 1500

label = DSL
sig   = 1452
sig   = 1454
sig   = 1492

; RFC 8200 section 5: no IPv6 link has less, so tunnels that carry IPv6 and avoid fragments take just
; that: GIF of the BSDs (gif(4)), Teredo (RFC 4380), Tailscale (the default in its source).
label = IPv6 minimum, GIF or VPN
sig   = 1280

label = GIF
sig   = 1240

label = generic tunnel or VPN
sig   = 1300
sig   = 1400
sig   = 1460

; wg-quick (its source): 80 octets less than the link below, 1420 over Ethernet and 1412 over PPPoE.
; Over IPv4 alone 60 are enough (IP, UDP and 32 of WireGuard): 1440 and 1432. It pads to 16 octets
; (WireGuard's white paper, section 5.4.6), so 1408 is what fills 1412.
label = WireGuard or another VPN
sig   = 1408
sig   = 1412
sig   = 1420
sig   = 1432
sig   = 1440

; RFC 7348: 50 octets of headers. Flannel, Docker Swarm and OpenStack subtract them.
label = VXLAN or another overlay
sig   = 1450

label = IPSec or GRE
sig   = 1476

label = IPIP or SIT
sig   = 1480

label = PPTP
sig   = 1490

label = AX.25 radio modem
sig   = 256

label = SLIP
sig   = 552

label = Google
sig   = 1470

label = VLAN
sig   = 1496

label = Ericsson HIS modem
sig   = 1656

label = jumbo Ethernet
sig   = 9000

label = loopback
sig   = 3924
sig   = 16384
sig   = 16436

[tcp:request]

; ---- Linux, Android, ChromeOS -------------------------------------------------------------------
; One kernel, one layout. The window is what tells them apart: 10 segments in 3.1 to 3.10, 20 from
; 3.11 to 4.19, since then as many as go into 65535 octets (44 at an MSS of 1460), and all of 65535
; where the default buffer is larger, as Android sets it.

;@ candidates Linux=0.87 ChromeOS=0.13
;@ quality 0.88
label = s:unix:Linux:4.19 or newer
;= recorded, 2026-11-23, Linux 6.18 with the default buffer of 4.19 to 6.15: 6-mib.pcap, 6-mib-ipv6.pcap
;= visits, 2021-2025, 300 or more, Linux 75 % and ChromeOS 11 %
;= captures, 2026-11, User-Agent Linux 11 hosts, SSH banner 2
sig   = *:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*45,7:mss,sok,ts,nop,ws:df,id+:0
;= recorded, 2026-11-23, ECN asked for: 6-mib-ecn.pcap, 6-mib-ipv6-ecn.pcap
sig   = *:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+,ecn:0
sig   = *:64:0:*:mss*45,7:mss,sok,ts,nop,ws:df,id+,ecn:0
;= recorded, 2026-11-23, other MTUs: 6-mib-mtu-1400.pcap, -1280, -576, -9000 and 6-mib-loopback.pcap
sig   = *:64:0:*:mss*46,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*47,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*48,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*49,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*50,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*51,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*52,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*53,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*122,7:mss,sok,ts,nop,ws:df,id+:0
;= kernel, 2018, commit a337531b942b: as many whole segments as go into 65535, here of 1360, 1380, 1400, 1440 and 1452 octets
;= visits, 2021-2025, 3 or more of 64400, ChromeOS 100 %: the MSS was lowered on the way
;= recorded, 2026-11-23, Linux 6.18 behind a router that lowers the MSS: mss-clamped-by-router.pcap
sig   = *:64:0:*:65280,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:64860,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:64400,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:64800,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:65340,7:mss,sok,ts,nop,ws:df,id+:0
;= recorded, 2026-11-23, MTU 9000 and the loopback: 6-mib-mtu-9000.pcap, 6-mib-loopback.pcap
sig   = *:64:0:*:mss*7,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*1,7:mss,sok,ts,nop,ws:df,id+:0

;@ candidates Android=0.96 Linux=0.04
;@ quality 0.97
label = s:unix:Android:
;= visits, 2021-2025, 1000 or more of scale 6 to 12, Android 86 to 97 %
;= captures, 2026-11, User-Agent Android 8 hosts, Android's own connectivity check 2
;= satori, 2026-11, Android 9 entries, scale 6 to 9
sig   = *:64:0:*:65535,8:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:65535,*:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:65535,*:mss,sok,ts,nop,ws:df,id+,ecn:0
;= visits, 2021-2025, 80 or more, Android 87 to 100 %; a middlebox blanked the timestamps
;= p0f, 2014, the same blanking under another name (BaiduSpider)
sig   = *:64:0:*:65535,*:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+:0
;= visits, 2021-2025, 40 or more, Android 50 to 65 %, else Linux; a middlebox removed the timestamps
;= satori, 2026-11, the window is Android's
sig   = *:64:0:*:65535,*:mss,sok,nop,nop,nop,ws:df,id+:0
;= p0f, 2014
sig   = *:64:0:*:mss*44,1:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*44,3:mss,sok,ts,nop,ws:df,id+:0

; 32 MiB of tcp_rmem[2] make scale 10: the default since 6.16, and a usual setting of servers before.
;@ candidates Linux=0.79 Android=0.21
;@ quality 0.7
label = s:unix:Linux:6.16 or newer, or 4.19 or newer with a larger buffer
;= recorded, 2026-11-28, Linux 6.18 at its defaults: default.pcap, ipv6.pcap, loopback.pcap
;= kernel, 2025, commit 572be9bf9d0d: tcp_rmem[2] is 32 MiB since 6.16
;= visits, 2021-2025, 10 or more, Linux 54 % and Android 14 %
sig   = *:64:0:*:mss*44,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*45,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*46,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*47,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*48,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*44,10:mss,sok,ts,nop,ws:df,id+,ecn:0
sig   = *:64:0:*:mss*45,10:mss,sok,ts,nop,ws:df,id+,ecn:0
;= recorded, 2026-11-28, Linux 6.18 at its defaults with other MTUs: mtu-1400.pcap, -1280, -576, -9000 and loopback.pcap
sig   = *:64:0:*:mss*49,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*50,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*52,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*53,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*122,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*7,10:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*1,10:mss,sok,ts,nop,ws:df,id+:0

;@ candidates Android=0.52 Linux=0.48
;@ quality 0.55
label = s:unix:Linux:4.19 or newer with another buffer
;= recorded, 2026-11-23, a larger receive buffer: receive-buffer-large.pcap (scale 11)
;= visits, 2021-2025, 30 or more of scale 8, Android 33 % and Linux 21 %; 3 or more of the others
sig   = *:64:0:*:mss*44,*:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,id+:0

; A quarter of the default buffer, in whole segments: 33280 octets at most. Where the segment is
; larger (loopback), not in whole ones.
label = s:unix:Linux:6.6-6.9
;= kernel, 2023, commit dfa2f0483360 (6.6): the buffer counts for a quarter; undone by 697a6c8cec03 (6.10 and later releases of 6.6 to 6.9)
;= captures, 2026-11, 24 captures of 2023-12 to 2024-10; User-Agent Linux 1 host
;= satori, 2026-11, Ubuntu 24 and EndeavourOS 1 entry each
sig   = *:64:0:*:mss*22,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*23,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*24,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*25,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*26,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*27,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:8960:mss*3,7:mss,sok,ts,nop,ws:df,id+:0
;= kernel, 2023, the same commits
;= captures, 2026-11, 6 captures, MSS 65495
sig   = *:64:0:*:33280,*:mss,sok,ts,nop,ws:df,id+:0

;@ candidates Android=0.84 Linux=0.16
;@ quality 0.9
label = s:unix:Android:a default buffer of some makers
;= visits, 2021-2025, 10 or more of scales 8 and 9, 3 or more of 10: Android 69 to 86 %, Linux 14 to 19 %
;= satori, 2026-11, Android at this layout
sig   = *:64:0:*:mss*29,8:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*29,9:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*29,10:mss,sok,ts,nop,ws:df,id+:0

; RFC 7915: what translates IPv6 to IPv4 makes a header of its own, with DF and an IP id of 0; some
; start the TTL anew, at 255. That it was translation is inferred.
;@ candidates Android=0.99 Linux=0.01
;@ quality 0.97
label = s:unix:Android:by way of NAT64 or a gateway
;= visits, 2021-2025, 30 or more of scales 8, 9 and 10, Android 98 to 100 %
;= captures, 2026-11, the window and layout are those of Android's User-Agents
sig   = 4:64:0:*:65535,*:mss,sok,ts,nop,ws:df:0
sig   = 4:64:0:*:65535,*:mss,sok,ts,nop,ws:df,ecn:0

;@ candidates Android=0.95 Linux=0.05
;@ quality 0.97
label = s:unix:Android:by way of a gateway
;= visits, 2021-2025, 10 or more of scales 8, 9 and 10, Android 89 to 100 %
;= captures, 2026-11, the window and layout are those of Android's User-Agents
sig   = 4:255:0:*:65535,*:mss,sok,ts,nop,ws:df,id+:0
sig   = 4:255:0:*:65535,*:mss,sok,ts,nop,ws:df,id+,ecn:0

;@ candidates Android=0.72 Linux=0.28
;@ quality 0.97
label = s:unix:Android:by way of NAT64 and a gateway
;= visits, 2021-2025, 30 or more of scales 8 and 9, Android 68 %, Linux 27 to 31 %
;= captures, 2026-11, the window and layout are those of Android's User-Agents
sig   = 4:255:0:*:65535,*:mss,sok,ts,nop,ws:df:0
sig   = 4:255:0:*:65535,*:mss,sok,ts,nop,ws:df,ecn:0

;@ candidates Linux=0.49 ChromeOS=0.43 Android=0.08
;@ quality 0.9
label = s:unix:Linux:4.19 or newer, by way of NAT64 or a gateway
;= visits, 2021-2025, 10 or more, Linux 47 %, ChromeOS 41 % and Android 8 %
;= recorded, 2026-11-23, window, scale and layout are those of Linux 6.18 with 6 MiB of tcp_rmem[2]
sig   = 4:64:0:*:mss*44,7:mss,sok,ts,nop,ws:df:0
sig   = 4:255:0:*:mss*44,7:mss,sok,ts,nop,ws:df:0
sig   = 4:255:0:*:mss*44,7:mss,sok,ts,nop,ws:df,id+:0

;@ candidates ChromeOS=0.51 Linux=0.35 Android=0.14
;@ quality 0.62
label = s:unix:Linux:3.11-4.19
;= p0f, 2014, there "3.11 and newer"
;= captures, 2026-11, User-Agent Linux 8 hosts, SSH banner 1
;= kernel, 2018, commit a337531b942b: a larger window in 4.20, and in later releases of 4.19
sig   = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*20,10:mss,sok,ts,nop,ws:df,id+:0

;@ candidates Android=0.71 Linux=0.29
;@ quality 0.68
label = s:unix:Linux:3.1-3.10
;= p0f, 2014
;= visits, 2021-2025, 10 or more, Android 50 %, Linux 20 %
;= captures, 2026-11, User-Agent Linux 4 and Android 2 hosts, SSH banner 1
sig   = *:64:0:*:mss*10,4:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*10,5:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*10,6:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*10,7:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.6.x
;= p0f, 2014
;= captures, 2026-11, User-Agent Linux 9 times with scale 7
sig   = *:64:0:*:mss*4,6:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,7:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,8:mss,sok,ts,nop,ws:df,id+:0

;@ quality 0.3
label = s:unix:Linux:2.4.x
;= p0f, 2014
sig   = *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,1:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*4,2:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.2.x
;= p0f, 2014
sig   = *:64:0:*:mss*11,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*20,0:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:mss*22,0:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.0
;= p0f, 2014
sig   = *:64:0:*:mss*12,0:mss::0
sig   = *:64:0:*:16384,0:mss::0

label = s:unix:Linux:3.x-4.x (loopback)
;= captures, 2026-11, MSS 65495, 38 captures of both ends; SSH banner Ubuntu 18.04 (4.15), User-Agent Linux 3
;= kernel, 2018, two thirds of 65535, until 4.19
sig   = *:64:0:*:43690,*:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:3.x (loopback)
;= p0f, 2014
sig   = *:64:0:16396:mss*2,4:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:16376:mss*2,4:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.6.x (loopback)
;= p0f, 2014
sig   = *:64:0:16396:mss*2,2:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:16376:mss*2,2:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.4.x (loopback)
;= p0f, 2014
sig   = *:64:0:16396:mss*2,0:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.2.x (loopback)
;= p0f, 2014
sig   = *:64:0:3884:mss*8,0:mss,sok,ts,nop,ws:df,id+:0

label = s:unix:Linux:2.6.x (Google crawler)
;= p0f, 2014
sig   = 4:64:0:1430:mss*4,6:mss,sok,ts,nop,ws::0

; p0f has these as Windows 7; initial TTL, window and layout are Linux's, the name was the
; User-Agent's.
label = s:unix:Linux:2.6.x (Websense crawler)
;= p0f, 2014
sig   = *:64:0:1380:mss*4,6:mss,nop,nop,ts,nop,ws:df,id+:0
sig   = *:64:0:1380:mss*4,7:mss,nop,nop,ts,nop,ws:df,id+:0

label = s:unix:BaiduSpider:
;= p0f, 2014
sig   = *:64:0:1460:mss*4,7:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+:0
sig   = *:64:0:1460:mss*4,2:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+:0

;@ candidates Android=0.47 ChromeOS=0.41 Linux=0.12
;@ quality 0.49
label = g:unix:Linux:3.x
;= p0f, 2014
sig   = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df,id+:0

;@ candidates Linux=0.57 Android=0.43
;@ quality 0.42
label = g:unix:Linux:2.4.x-2.6.x
;= p0f, 2014
sig   = *:64:0:*:mss*4,*:mss,sok,ts,nop,ws:df,id+:0

; The layout is the same in every kernel since 2.2.
;@ candidates Android=0.68 Linux=0.23 ChromeOS=0.09
;@ quality 0.48
label = g:unix:Linux:2.2 or newer
;= p0f, 2014, there "2.2.x-3.x"
;= recorded, 2026-11-23, Linux 6.18 with other buffers, routes and ECN: window-of-route.pcap and others
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+,ecn:0

;@ candidates Linux=0.49 Android=0.45 ChromeOS=0.06
;@ quality 0.36
label = g:unix:Linux:2.2 or newer (no timestamps)
;= p0f, 2014
;= recorded, 2026-11-23, Linux 6.18: no-timestamps.pcap
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df,id+:0
;= visits, 2021-2025, 3 or more, Linux 69 % and ChromeOS 15 %; a middlebox blanked the timestamps
;= captures, 2026-11, the server of that form has an SSH banner of Linux
sig   = *:64:0:*:*,*:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df,id+:0
sig   = *:64:0:*:*,*:mss,sok,nop,nop,nop,ws:df,id+:0
;= visits, 2021-2025, 3 or more, Android 100 %; a middlebox removed the timestamps
;= captures, 2026-11, 4 servers of that form with windows of Linux
sig   = *:64:0:*:*,*:mss,sok,ws,eol+2:df,id+:0

label = g:unix:Linux:2.2 or newer (no window scaling)
;= recorded, 2026-11-23, Linux 6.18: no-window-scaling.pcap
;= captures, 2026-11, 4 captures
sig   = *:64:0:*:*,0:mss,sok,ts:df,id+:0

label = g:unix:Linux:2.2 or newer (TCP MD5)
;= recorded, 2026-11-23, Linux 6.18: md5-signature.pcap
sig   = *:64:0:*:*,*:nop,nop,?19,mss,nop,nop,sok,nop,ws:df,id+:0

label = g:unix:Linux:2.2 or newer (no SACK)
;= recorded, 2026-11-23, Linux 6.18: no-sack.pcap
;= captures, 2026-11, 1 capture
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws:df,id+:0

;@ candidates Linux=0.6 Android=0.4
;@ quality 0.4
label = g:unix:Linux:2.2 or newer (barebone)
;= p0f, 2014
;= recorded, 2026-11-23, Linux 6.18: only-mss.pcap
sig   = *:64:0:*:*,0:mss:df,id+:0

; ---- Windows ------------------------------------------------------------------------------------
; A User-Agent or a SYN does not tell Windows 10 from 11, nor either from the Server of its year.

;@ quality 0.99
label = s:win:Windows:10 or newer
;= visits, 2021-2025, 1000 or more, Windows 99 %
;= captures, 2026-11, NTLM version 10.0 (18362, 19041), User-Agent Windows NT 10.0 9 hosts
;= satori, 2026-11, Windows 1 entry
sig   = *:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
;= visits, 2021-2025, 3 to 30 each, Windows 96 to 100 %: as many segments of a smaller MTU as go into 65535
;= captures, 2026-11, the MSS that explains the window is often not the one in the SYN: lowered on the way
sig   = *:128:0:*:mss*45,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*46,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*47,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*48,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*49,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*50,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*51,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*52,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*53,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mtu*45,8:mss,nop,ws,nop,nop,sok:df,id+:0
;= visits, 2021-2025, 30 or more, Windows 94 %; with ECN 10 or more, Windows 100 %: scaling removed or off
;= satori, 2026-11, Windows 4 entries
sig   = *:128:0:*:mss*44,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:mss*44,0:mss,nop,nop,sok:df,id+,ecn:0
;= visits, 2021-2025, 10 or more, Windows 100 %: timestamps switched on
;= captures, 2026-11, servers of that form with NTLM version 10.0 (15063)
;= satori, 2026-11, Windows 5 entries
sig   = *:128:0:*:mss*44,8:mss,nop,ws,sok,ts:df,id+:0
sig   = *:128:0:*:65535,8:mss,nop,ws,sok,ts:df,id+:0
;= visits, 2021-2025, 10 or more, Windows 100 %: a gateway that starts the TTL anew
;= satori, 2026-11, Windows 5 entries of that window, scale and layout
sig   = *:64:0:*:mss*44,8:mss,nop,ws,sok,ts:df,id+:0

;@ quality 0.99
label = s:win:Windows:7 to early 10
;= p0f, 2014, there "7 or 8"
;= captures, 2026-11, NTLM version 6.1 (7601) 4 times, User-Agent Windows NT 6.1 36, 6.2 1, 10.0 3 times
;= visits, 2021-2025, 30 or more, Windows 100 %
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:8192,2:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
;= p0f, 2014
;= satori, 2026-11, Windows 2 entries; Windows 7 SP1 without scaling 1 entry
sig   = *:128:0:*:8192,0:mss,sok,ts:df,id+:0
sig   = *:128:0:*:8192,2:mss,nop,ws,sok,ts:df,id+:0
sig   = *:128:0:*:8192,8:mss,nop,ws,sok,ts:df,id+:0

;@ quality 0.99
label = s:win:Windows:7 or newer
;= visits, 2021-2025, 40 or more windows, among them 6 and 12 segments and many of an MSS lowered on the way: Windows 96 to 100 %
;= p0f, 2014, scale 8 with that layout is Windows 7's or newer
sig   = *:128:0:*:*,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:*,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
;= visits, 2021-2025, 3 or more of each of four scales, Windows 100 %: scaling set by hand
;= p0f, 2014, the layout is that of Windows; its window is that of Windows 10
sig   = *:128:0:*:mss*44,*:mss,nop,ws,nop,nop,sok:df,id+:0

; A gateway that starts the TTL anew, at 64 or 255, or translates (DF with an IP id of 0).
;@ quality 0.99
label = s:win:Windows:7 or newer, by way of a gateway
;= visits, 2021-2025, 30 or more, 10 or more without an IP id, Windows 100 %
;= satori, 2026-11, Windows 10 at TTL 64
sig   = 4:64:0:*:*,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 4:64:0:*:*,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
sig   = 4:64:0:*:*,8:mss,nop,ws,nop,nop,sok:df:0
sig   = 4:64:0:*:*,8:mss,nop,ws,nop,nop,sok:df,ecn:0
sig   = 4:64:0:*:8192,2:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 4:64:0:*:mss*44,0:mss,nop,nop,sok:df,id+:0
sig   = 4:128:0:*:*,8:mss,nop,ws,nop,nop,sok:df:0
sig   = 4:128:0:*:8192,2:mss,nop,ws,nop,nop,sok:df:0
;= visits, 2021-2025, 10 or more of 44 segments, Windows 100 %
;= p0f, 2014, window, scale and layout are Windows'
sig   = 4:255:0:*:mss*44,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 4:255:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = 4:255:0:*:*,8:mss,nop,ws,nop,nop,sok:df:0
sig   = 4:255:0:*:*,8:mss,nop,ws,nop,nop,sok:df,ecn:0

label = s:win:Windows:XP
;= p0f, 2014
;= captures, 2026-11, User-Agent Windows 4 times, DHCP MSFT 5.0 6 times
sig   = *:128:0:*:16384,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,1:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,2:mss,nop,ws,nop,nop,sok:df,id+:0

; p0f has this as XP; what is left of a newer Windows where scaling was removed looks the same.
label = s:win:Windows:XP, or newer without window scaling
;= p0f, 2014, there "XP"
;= visits, 2021-2025, 3 or more, Windows 62 %
sig   = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0

label = g:win:Windows:NT kernel 5.x
;= p0f, 2014
sig   = *:128:0:*:16384,*:mss,nop,ws,nop,nop,sok:df,id+:0

;@ quality 0.97
label = g:win:Windows:NT kernel 5.x or newer
;= p0f, 2014, there "NT kernel 5.x"
;= visits, 2021-2025, 30 or more, Windows 99 %
sig   = *:128:0:*:65535,*:mss,nop,ws,nop,nop,sok:df,id+:0

label = g:win:Windows:NT kernel 6.x or newer
;= p0f, 2014, there "NT kernel 6.x"
sig   = *:128:0:*:8192,*:mss,nop,ws,nop,nop,sok:df,id+:0

;@ quality 0.92
label = g:win:Windows:NT kernel
;= p0f, 2014
;= visits, 2021-2025, 100 or more, Windows 94 to 100 %
sig   = *:128:0:*:*,*:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:*,*:mss,nop,nop,sok:df,id+,ecn:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
;= visits, 2021-2025, 3 or more, Windows 100 %: timestamps blanked on the way
;= p0f, 2014, the layout in front of the blanks
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok,nop,eol+6:df,id+:0
;= captures, 2026-11, Server header IIS 4.0; the SYN of Windows NT 4
;= satori, 2026-11, Windows 2 entries
sig   = *:128:0:*:8192,0:mss:df,id+:0

; ---- Apple --------------------------------------------------------------------------------------
; macOS, iOS, iPadOS, tvOS and watchOS share one stack; only the share of each is known.

;@ candidates macOS=0.62 iOS=0.38
;@ quality 0.99
label = s:unix:macOS/iOS:
;= visits, 2021-2025, 1000 or more of scale 6, macOS 64 % and iOS 35 %
;= captures, 2026-11, User-Agent macOS 10.14 and 10.15
;= satori, 2026-11, macOS 2 and iOS 1 entries
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
;= visits, 2021-2025, 30 or more, iOS 54 % and macOS 46 %
;= captures, 2026-11, User-Agent macOS
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ecn:0

;@ candidates iOS=0.62 macOS=0.38
;@ quality 0.99
label = s:unix:macOS/iOS:
;= visits, 2021-2025, 300 or more of scale 5, iOS 66 % and macOS 34 %
;= captures, 2026-11, User-Agent iOS 10.2 and macOS 10.12 and 10.13
;= satori, 2026-11, macOS 4, iOS 1 and tvOS 1 entries
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ecn:0

;@ candidates iOS=0.89 macOS=0.11
;@ quality 0.99
label = s:unix:macOS/iOS:
;= visits, 2021-2025, 10 or more of scale 7, iOS 89 %
;= satori, 2026-11, iOS 3 entries
sig   = *:64:0:*:65535,7:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0

;@ candidates iOS=0.6 macOS=0.4
;@ quality 0.99
label = s:unix:macOS/iOS:timestamps blanked on the way
;= visits, 2021-2025, 50 or more, iOS 55 to 79 %, else macOS
;= captures, 2026-11, two servers of such a form, with more NOPs
sig   = *:64:0:*:65535,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1:df:0
sig   = *:64:0:*:65535,*:mss,nop,ws,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,sok,eol+1:df,ecn:0

;@ candidates iOS=0.62 macOS=0.38
;@ quality 0.99
label = s:unix:macOS/iOS:no timestamps
;= visits, 2021-2025, 20 or more, iOS 62 to 80 %, else macOS
;= p0f, 2014, the server of that form is Mac OS X's
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df:0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df,ecn:0

; As for Android: the header is a translator's, or the TTL a gateway's.
;@ candidates macOS=0.61 iOS=0.39
;@ quality 0.99
label = s:unix:macOS/iOS:by way of NAT64 or a gateway
;= visits, 2021-2025, 10 or more of each, macOS 51 to 60 % and iOS 40 to 49 %
;= captures, 2026-11, window, scale and layout are those of macOS' User-Agents
sig   = 4:255:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = 4:255:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig   = 4:255:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+,ecn:0

;@ candidates iOS=0.51 macOS=0.49
;@ quality 0.99
label = s:unix:macOS/iOS:by way of NAT64 or a gateway
;= visits, 2021-2025, 10 or more, iOS 63 %; 3 or more with ECN or an IP id, mostly macOS
;= captures, 2026-11, window, scale and layout are those of macOS' User-Agents
sig   = 4:255:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = 4:255:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,ecn:0
sig   = 4:255:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

;@ candidates macOS=0.97 iOS=0.03
;@ quality 0.97
label = s:unix:macOS/iOS:DF removed on the way
;= visits, 2021-2025, 10 or more, macOS 97 %
;= captures, 2026-11, window, scale and layout are those of macOS' User-Agents
sig   = 4:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:id-:0

; p0f has Mac OS X under two names, and as 10.x.
;@ candidates macOS=1
label = s:unix:macOS/iOS:Mac OS X 10.x
;= p0f, 2014
;= captures, 2026-11, User-Agent Mac OS X 10.6.8 3 hosts
sig   = *:64:0:*:65535,1:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

;@ candidates macOS=0.75 iOS=0.25
label = s:unix:macOS/iOS:Mac OS X 10.8 or newer, or iOS
;= p0f, 2014, there "MacOS X 10.9 or newer (sometimes iPhone or iPad)"
;= captures, 2026-11, User-Agent Mac OS X 10.8.5 2 and 10.9.2 1
sig   = *:64:0:*:65535,4:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

;@ candidates iOS=0.75 macOS=0.25
label = s:unix:macOS/iOS:before 2015, mostly iOS
;= p0f, 2014, there "iPhone or iPad"
;= captures, 2026-11, User-Agent Mac OS X 10.6.8 1
sig   = *:64:0:*:65535,2:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

;@ candidates macOS=1
label = s:unix:macOS/iOS:Mac OS X before 10.4
;= captures, 2026-11, User-Agent Macintosh PPC
;= satori, 2026-11, macOS 2 entries
;= prads, 2026-11, macOS 1 entry
sig   = *:64:0:*:65535,0:mss,nop,ws,nop,nop,ts:df,id+:0

;@ candidates macOS=0.61 iOS=0.39
;@ quality 0.97
label = g:unix:macOS/iOS:
;= p0f, 2014
;= visits, 2021-2025, macOS and iOS 93 to 100 %
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
;= captures, 2026-11, 2 captures: fast open of the same layout
;= p0f, 2014, the layout in front of the cookie
;= visits, 2021-2025, 3 or more, macOS and iOS 100 %: rewritten on the way
;= captures, 2026-11, the layout is one of BSD with the padding of Apple
sig   = *:64:0:*:65535,0:mss,sok,eol+1:df:0

; ---- BSD, Solaris and others --------------------------------------------------------------------

label = s:unix:FreeBSD:9.x or newer
;= p0f, 2014
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+:0

label = s:unix:FreeBSD:8.x
;= p0f, 2014
sig   = *:64:0:*:65535,3:mss,nop,ws,sok,ts:df,id+:0

; FreeBSD's own form with a scale that it does not have by default. Of 69 senders in visits none was
; FreeBSD: proxies are made of it. Candidates are the systems of those who came through.
;@ candidates Windows=0.49 macOS=0.24 iOS=0.09 Android=0.07 ChromeOS=0.05 Linux=0.05
;@ quality 0.49
label = g:other:Transparent proxy:made of FreeBSD, or FreeBSD itself
;= p0f, 2014, there "FreeBSD"
;= visits, 2021-2025, 30 or more, every system at once: not the sender's stack
sig   = *:64:0:*:65535,5:mss,nop,ws,sok,ts:df,id+:0

;@ candidates Android=0.26 iOS=0.26 Windows=0.23 macOS=0.11 ChromeOS=0.08 Linux=0.06
;@ quality 0.4
label = g:other:Transparent proxy:made of FreeBSD, or FreeBSD itself
;= p0f, 2014, there "FreeBSD"
;= visits, 2021-2025, 30 or more, every system at once: not the sender's stack
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+:0

; What is left where a server or a middlebox allows no scaling and no timestamps.
;@ candidates macOS=0.5 FreeBSD=0.5
label = g:unix:BSD:FreeBSD or Mac OS X without window scaling
;= satori, 2026-11, macOS 10.9 to 10.12 and FreeBSD 7.1
;= captures, 2026-11, 1 capture
sig   = *:64:0:*:65535,0:mss,sok,eol+1:df,id+:0

label = s:unix:OpenBSD:3.x
;= p0f, 2014
sig   = *:64:0:*:16384,0:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:OpenBSD:4.x-5.x
;= p0f, 2014
sig   = *:64:0:*:16384,3:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = g:unix:OpenBSD:
;= p0f, 2014, the layout is OpenBSD's alone
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = g:unix:NetBSD:
;= captures, 2026-11, 3 captures; one named after a Dell S4810
;= mac, 2026-11, made by Force10, whose switches run a system made of NetBSD
sig   = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df:0
sig   = *:64:0:*:32768,*:mss,nop,ws,sok,nop,nop,nop,nop,ts:df,id+:0

;@ candidates NetBSD=0.5 FreeBSD=0.5
label = g:unix:BSD:without SACK
;= captures, 2026-11, 12 captures, some of KAME's IPv6
;= prads, 2026-11, NetBSD 1 and FreeBSD 1 entries
sig   = *:64:0:*:*,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:*,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:64:0:*:*,0:mss,nop,ws,nop,nop,ts::0

label = s:unix:Solaris:8
;= p0f, 2014
sig   = *:64:0:*:32850,1:nop,ws,nop,nop,ts,nop,nop,sok,mss:df,id+:0

label = s:unix:Solaris:10
;= p0f, 2014
sig   = *:64:0:*:mss*34,0:mss,nop,ws,nop,nop,sok:df,id+:0

label = g:unix:Solaris:
;= captures, 2026-11, 1 capture
;= mac, 2026-11, made by Sun
;= prads, 2026-11, Solaris 1 entry
sig   = *:64:0:*:mss*23,0:nop,nop,sok,mss:df,id+:0

label = s:unix:OpenVMS:8.x
;= p0f, 2014
sig   = 4:128:0:1460:mtu*2,0:mss,nop,ws::0

label = s:unix:OpenVMS:7.x
;= p0f, 2014
sig   = 4:64:0:1460:61440,0:mss,nop,ws::0

label = s:other:NeXTSTEP:
;= p0f, 2014
sig   = 4:64:0:1024:mss*4,0:mss::0

label = s:unix:Tru64:4.x
;= p0f, 2014
sig   = 4:64:0:1460:32768,0:mss,nop,ws:df,id+:0

label = s:other:Cisco IOS:
;= captures, 2026-11, SSH banner Cisco
;= satori, 2026-11, Cisco IOS 2 entries
sig   = *:255:0:*:4128,0:mss::0
sig   = 4:255:0:*:4128,0:mss:id-:0

label = s:other:NetScaler:
;= captures, 2026-11, 2 captures; the window and TTL of its answers
;= prads, 2026-11, 2 entries of its answers, under other names
sig   = *:255:0:*:8190,*:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:other:lwIP:
;= source, 2026-11, defaults of lwIP 2: TTL 255, a window of 4 segments, MSS as the only option
sig   = 4:255:0:*:mss*4,0:mss::0

; Programs that carry a stack along, VPNs on phones among them, show it instead of the system's.
; Linux' layout, but DF clear and an IP id; the window is 20 segments, rounded down to the scale's 128
; octets. Over IPv6, where there is no DF, it looks like Linux 3.11-4.19 where 20 segments are such a
; multiple, as with Ethernet's 1440.
label = s:other:gVisor:netstack (Tailscale, WireGuard and proxies in user space, runsc)
;= recorded, 2026-11-28, gVisor's netstack: tools/gvisor.pcap
sig   = 6:64:0:1360:27136,7:mss,sok,ts,nop,ws::0
sig   = 6:64:0:1220:24320,7:mss,sok,ts,nop,ws::0
sig   = 4:64:0:*:%128,7:mss,sok,ts,nop,ws::0
sig   = 6:64:0:1360:27136,7:mss,nop,nop,ts,nop,ws::0
sig   = 6:64:0:1220:24320,7:mss,nop,nop,ts,nop,ws::0
sig   = 4:64:0:*:%128,7:mss,nop,nop,ts,nop,ws::0

label = s:other:smoltcp:
;= recorded, 2026-11-23, smoltcp 0.12 on its loopback, IPv4 and IPv6: tools/smoltcp.pcap
;= visits, 2021-2025, 3 or more, macOS and iOS 100 %
sig   = *:64:0:*:*,*:mss,ws,sok,eol+2:df:0

label = s:other:uIP:
;= source, 2026-11, defaults of uIP and Contiki: TTL 64, a window of one segment, MSS as the only option
sig   = 4:64:0:*:mss*1,0:mss::0

; Network cards and virtual machines start from the network with it.
label = s:other:iPXE:
;= recorded, 2026-11-25, iPXE 1.0.0 of Debian 12 fetches a file by HTTP: guests/ipxe-a.pcap
sig   = 4:64:0:*:65532,9:nop,nop,ts,nop,nop,sok,nop,ws,mss::0

; Zephyr, lwIP and uIP with other settings, industrial controllers, tools that set an MSS.
label = g:other:Embedded:or another stack with an MSS option only
;= source, 2026-11, lwIP, uIP and Zephyr send no other option and do not set DF
;= captures, 2026-11, servers of Modbus and FINS, that is controllers
sig   = 4:64:0:*:*,0:mss::0
sig   = 4:128:0:*:*,0:mss::0
sig   = 4:255:0:*:*,0:mss::0
sig   = 4:64:0:*:*,0:mss:id-:0
sig   = 4:255:0:*:*,0:mss:id-:0

; Proxies that end connections and open their own speak for every system: candidates are the systems
; of those who came through.
;@ candidates Android=0.36 Linux=0.21 Windows=0.15 iOS=0.14 macOS=0.12 ChromeOS=0.02
;@ quality 0.59
label = g:other:Transparent proxy:F5 BIG-IP or similar
;= visits, 2021-2025, 150 or more, every system at once: not the sender's stack
;= satori, 2026-11, F5 5 entries: TTL 255, three segments
sig   = *:255:0:*:*,*:mss,nop,ws,sok,ts:df,id+:0
sig   = *:255:0:*:*,*:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:255:0:*:mss*3,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:255:0:*:mss*3,0:mss,sok,eol+1:df,id+:0

;@ candidates Android=0.29 Linux=0.24 iOS=0.21 macOS=0.19 ChromeOS=0.04 Windows=0.03
;@ quality 0.57
label = g:other:Transparent proxy:with the layout of FreeBSD
;= visits, 2021-2025, 20 or more, every system at once: not the sender's stack
;= captures, 2026-11, a carrier's proxy answers in this form whatever the server
sig   = *:64:0:*:*,*:mss,nop,ws,sok,ts:df,id+:0

label = s:other:Blackberry:
;= p0f, 2014
sig   = *:128:0:1452:65535,0:mss,nop,nop,sok,nop,nop,ts::0

label = s:other:Nintendo:3DS
;= p0f, 2014
sig   = *:64:0:1360:32768,0:mss,nop,nop,sok:df,id+:0

label = s:other:Nintendo:Wii
;= p0f, 2014
sig   = 4:64:0:1460:32768,0:mss,nop,nop,sok:df,id+:0

; ---- Tools --------------------------------------------------------------------------------------

label = s:!:NMap:SYN scan
sys   = @unix,@win
;= p0f, 2014
;= recorded, 2026-11-23, Nmap 7.93: tools/nmap-syn-scan.pcap, tools/nmap-ping.pcap
;= captures, 2026-11, nDPI's synscan.pcap: 1994
sig   = *:64-:0:1460:1024,0:mss::0
;= recorded, 2026-11-23, Nmap 7.93 over IPv6: tools/nmap-syn-scan-ipv6.pcap
sig   = 6:255:0:1460:1024,0:mss::0
;= p0f, 2014
sig   = *:64-:0:1460:2048,0:mss::0
sig   = *:64-:0:1460:3072,0:mss::0
sig   = *:64-:0:1460:4096,0:mss::0

label = s:!:NMap:OS detection
sys   = @unix,@win
;= p0f, 2014
;= recorded, 2026-11-23, Nmap 7.93: tools/nmap-os-detection.pcap
sig   = *:64-:0:265:512,0:mss,sok,ts:ack+:0
sig   = *:64-:0:0:4,10:sok,ts,ws,eol+0:ack+:0
sig   = *:64-:0:1460:1,10:ws,nop,mss,ts,sok:ack+:0
sig   = *:64-:0:536:16,10:mss,sok,ts,ws,eol+0:ack+:0
sig   = *:64-:0:640:4,5:ts,nop,nop,ws,nop,mss:ack+:0
sig   = *:64-:0:1400:63,0:mss,ws,sok,ts,eol+0:ack+:0
sig   = *:64-:0:265:31337,10:ws,nop,mss,ts,sok:ack+:0
sig   = *:64-:0:1460:3,10:ws,nop,mss,sok,nop,nop:ecn,uptr+:0

label = s:unix:p0f:sendsyn utility
;= p0f, 2014
sig   = *:192:0:1331:1337,0:mss,nop,eol+18::0
sig   = *:192:0:1331:1337,0:mss,ts,nop,eol+8::0
sig   = *:192:0:1331:1337,5:mss,ws,nop,eol+15::0
sig   = *:192:0:1331:1337,0:mss,sok,nop,eol+16::0
sig   = *:192:0:1331:1337,5:mss,ws,ts,nop,eol+5::0
sig   = *:192:0:1331:1337,0:mss,sok,ts,nop,eol+6::0
sig   = *:192:0:1331:1337,5:mss,ws,sok,nop,eol+13::0
sig   = *:192:0:1331:1337,5:mss,ws,sok,ts,nop,eol+3::0

label = s:!:masscan:
sys   = @unix,@win
;= recorded, 2026-11-23, masscan 1.3.2: tools/masscan.pcap
sig   = *:255:0:0:1024,0:::0

label = s:!:ZMap:
sys   = @unix,@win
;= recorded, 2026-11-23, ZMap 2.1.1: tools/zmap.pcap
sig   = *:255:0:0:65535,0:::0

label = s:!:hping:
sys   = @unix,@win
;= recorded, 2026-11-23, hping3: tools/hping3.pcap
;= captures, 2026-11, 42 in 4 captures
sig   = *:64:0:0:512,0::ack+:0
sig   = *:64:0:0:512,0:::0

label = s:!:Scapy:
sys   = @unix,@win
;= recorded, 2026-11-23, Scapy 2.5.0: tools/scapy.pcap, tools/scapy-ipv6.pcap
;= captures, 2026-11, 520 SYNs in 167 captures
sig   = *:64:0:0:8192,0::seq-:*
sig   = *:64:0:0:8192,0:::*

; No stack opens a connection without an MSS option; test suites, scanners and proxies do that build
; their packets themselves.
label = g:!:Packet generator:no TCP options
sys   = @unix,@win
;= captures, 2026-11, 1300 SYNs in 740 captures, nearly all of them of test suites
;= recorded, 2026-11-23, Scapy, masscan, ZMap and hping3 send such: tools/
sig   = *:255-:0:0:*,0:::*
sig   = *:255-:0:0:*,0::id-:*
sig   = *:255-:0:0:*,0::df:*
sig   = *:255-:0:0:*,0::df,id+:*
sig   = *:255-:0:0:*,0::ack+:*
sig   = *:255-:0:0:*,0::df,ack+:*
sig   = *:255-:0:0:*,0::seq-:*
sig   = *:255-:0:0:*,0::id-,seq-:*
sig   = *:255-:0:0:*,0::df,seq-:*
sig   = *:255-:0:0:*,0::df,id+,seq-:*

[tcp:response]

; ---- Linux --------------------------------------------------------------------------------------
; A server offers only what the client offered, so each stack shows several layouts. Linux answers
; with DF and IP id 0; the window grows as in its SYNs.

label = s:unix:Linux:4.19 or newer
;= recorded, 2026-11-28, Linux 6.18 at its defaults: default.pcap, ipv6.pcap, no-timestamps.pcap
;= captures, 2026-11, 190 captures; SSH banner Debian 12 and Ubuntu 20.04 and 24.04, Server header Ubuntu
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:mss*45,*:mss,sok,ts,nop,ws:df,ecn:0
sig   = *:64:0:*:mss*44,*:mss,nop,nop,sok,nop,ws:df,ecn:0
;= recorded, 2026-11-28, what the client left out: no-window-scaling.pcap, no-sack.pcap, only-mss.pcap
sig   = *:64:0:*:mss*45,0:mss,sok,ts:df:0
sig   = *:64:0:*:mss*45,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*44,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*45,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*44,0:mss,nop,nop,sok:df:0
sig   = *:64:0:*:mss*45,0:mss,nop,nop,sok:df:0
sig   = *:64:0:*:mss*44,0:mss:df:0
sig   = *:64:0:*:mss*45,0:mss:df:0
;= recorded, 2026-11-28, other MTUs: mtu-1400.pcap, mtu-1280.pcap, mtu-576.pcap, mtu-9000.pcap, loopback.pcap
;= captures, 2026-11, loopback in 112 captures, MSS 8960 in 2
sig   = *:64:0:*:mss*46,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*47,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*48,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*49,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*50,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*51,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*52,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*46,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:mss*7,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*7,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:65495:mss*1,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:65476:mss*1,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:65495:mss*1,*:mss,nop,nop,sok,nop,ws:df:0

; Behind a router that lowers the MSS, the window still tells the server's own: 8961 or 8949.
label = s:unix:Linux:4.19 or newer (MTU 9001, Amazon)
;= captures, 2026-11, 7 times 8949 or 8961 octets in 4 captures
;= recorded, 2026-11-23, Linux 6.18 with MTU 9000 does the same: mtu-9000.pcap
sig   = *:64:0:*:62643,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:62727,*:mss,nop,nop,sok,nop,ws:df:0

label = s:unix:Linux:3.11-4.19 (MTU 9001, Amazon)
;= captures, 2026-11, 3 times 8949 or 8961 octets in 32 captures, some of them at addresses of Amazon
;= p0f, 2014, the window of 20 segments is that of 3.11, rounded up to whole segments
sig   = *:64:0:*:26847,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:26883,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:26883,0:mss:df:0

label = s:unix:Linux:3.x (MTU 9001, Amazon)
;= captures, 2026-11, 2 times 8949 octets in 2 captures
;= p0f, 2014, the window of 10 segments is that of 3.x, rounded up to whole segments
sig   = *:64:0:*:17898,*:mss,sok,ts,nop,ws:df:0

label = s:unix:Linux:6.6-6.9
;= kernel, 2023, commits dfa2f0483360 and 697a6c8cec03, as in SYNs
;= captures, 2026-11, 12 answers of 2024-07
sig   = *:64:0:*:mss*22,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*22,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:33280,*:mss,sok,ts,nop,ws:df:0

label = s:unix:Linux:3.11-4.19
;= captures, 2026-11, 178 captures; SSH banner Debian 8 and 9, Ubuntu 14.04, Server header Ubuntu 16.04
;= satori, 2026-11, Linux 9 entries
;= p0f, 2014, the same window as in SYNs of 3.11
sig   = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*20,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,ecn:0
sig   = *:64:0:*:mss*20,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*20,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*20,0:mss,sok,ts:df:0
sig   = *:64:0:*:mss*20,0:mss,nop,nop,sok:df:0
sig   = *:64:0:*:mss*20,0:mss:df:0

label = s:unix:Linux:3.x-4.x (loopback)
;= captures, 2026-11, MSS 65495, 38 captures; SSH banner Ubuntu 18.04 (4.15), User-Agent Linux 3
;= kernel, 2018, two thirds of 65535, until 4.19
sig   = *:64:0:*:43690,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:43690,0:mss:df:0

label = s:unix:Linux:3.x
;= p0f, 2014
;= captures, 2026-11, SSH banner Debian 7 and Ubuntu, Server header Fedora
sig   = *:64:0:*:mss*10,0:mss:df:0
sig   = *:64:0:*:mss*10,0:mss,sok,ts:df:0
sig   = *:64:0:*:mss*10,0:mss,nop,nop,ts:df:0
sig   = *:64:0:*:mss*10,0:mss,nop,nop,sok:df:0
sig   = *:64:0:*:mss*10,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*10,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*10,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*10,*:mss,nop,nop,sok,nop,ws:df:0

label = s:unix:Linux:2.4-2.6
;= p0f, 2014
sig   = *:64:0:*:mss*4,0:mss:df:0
sig   = *:64:0:*:mss*4,0:mss,sok,ts:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,ts:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,sok:df:0

label = s:unix:Linux:2.4.x
;= p0f, 2014
sig   = *:64:0:*:mss*4,0:mss,nop,ws:df:0
sig   = *:64:0:*:mss*4,0:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,0:mss,nop,nop,sok,nop,ws:df:0

label = s:unix:Linux:2.6.x
;= p0f, 2014
sig   = *:64:0:*:mss*4,*:mss,nop,ws:df:0
sig   = *:64:0:*:mss*4,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:mss*4,*:mss,nop,nop,sok,nop,ws:df:0

; ---- Large sites --------------------------------------------------------------------------------

label = s:unix:Linux:(Cloudflare)
;= captures, 2026-11, 69 captures; Server Name www.cloudflare.com, addresses 104.16.0.0/13 and 2606:4700::/32
;= visits, 2021-2025, scale 10 and this window are no default of any system
sig   = *:64:0:1400:65535,10:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:1460:65535,10:mss,nop,nop,sok,nop,ws:df:0
sig   = 6:64:0:*:65535,10:mss,nop,nop,sok,nop,ws:flow:0

label = s:unix:Linux:(Google)
;= captures, 2026-11, 46 captures; Server Names of Google, Server header gws, resolvers 8.8.8.8 and 8.8.4.4
;= p0f, 2014, the MTU of 1470 is Google's
sig   = *:128:0:*:65535,8:mss,sok,ts,nop,ws:df:0
sig   = *:128:0:*:65535,8:mss,nop,nop,sok,nop,ws:df:0
sig   = 4:128:0:*:mss*44,8:mss,sok,ts,nop,ws::0
sig   = 4:128:0:*:mss*44,8:mss,nop,nop,sok,nop,ws::0
sig   = 4:64:0:1430:65535,8:mss,sok,ts,nop,ws::0
sig   = 4:64:0:1430:mss*30,*:mss,sok,ts,nop,ws::0
sig   = 4:64:0:1430:mss*30,*:mss,nop,nop,sok,nop,ws::0

label = g:unix:Linux:2.2 or newer
;= p0f, 2014, the layouts of its Linux signatures
;= recorded, 2026-11-23, Linux 6.18 with other buffers: server-receive-buffer.pcap, server-syn-cookies.pcap
;= captures, 2026-11, 100 captures; SSH banner Linux, Server header Ubuntu and Roku
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,ecn:0
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws:df:0
sig   = *:64:0:*:*,*:mss,nop,nop,ts,nop,ws:df:0
sig   = *:64:0:*:*,*:mss,nop,ws:df:0
sig   = *:64:0:*:*,0:mss,sok,ts:df:0
;= captures, 2026-11, 8 captures behind routers that clear DF or set an IP id
;= satori, 2026-11, the layout is Linux's alone
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:id-,ecn:0
sig   = *:64:0:*:*,*:mss,sok,ts,nop,ws:df,id+:0
;= recorded, 2026-11-23, Linux 6.18: mptcp.pcap, fast-open.pcap
;= captures, 2026-11, SSH banner Debian
;= captures, 2026-11, SSH banner Linux; a middlebox blanked the timestamps
;= visits, 2021-2025, the same blanking in SYNs
sig   = *:64:0:*:*,*:mss,sok,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,nop,ws:df:0
sig   = *:64:0:*:*,*:mss,sok,ws,eol+2:df:0

; ---- Windows ------------------------------------------------------------------------------------

label = s:win:Windows:10 or newer
;= captures, 2026-11, 42 captures; NTLM version 10.0 (17763, 19041; 15063 with timestamps)
;= satori, 2026-11, Windows 3 entries
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,8:mss,nop,ws,nop,nop,sok:df,id+,ecn:0
sig   = *:128:0:*:65535,8:mss,nop,ws,sok,ts:df,id+:0
sig   = *:128:0:*:65535,8:mss,nop,ws:df,id+:0

label = s:win:Windows:XP
;= p0f, 2014
sig   = *:128:0:*:65535,0:mss,nop,ws:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:65535,0:mss,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:65535,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,ws:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:16384,0:mss,nop,ws,nop,nop,ts:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
sig   = *:128:0:*:16384,0:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0

; To a client without window scaling both answer so.
label = s:win:Windows:XP, 10 or newer
;= p0f, 2014, there "XP"
;= captures, 2026-11, NTLM version 10.0 has the same window with scaling
sig   = *:128:0:*:65535,0:mss:df,id+:0
sig   = *:128:0:*:65535,0:mss,nop,nop,sok:df,id+:0

label = s:win:Windows:7 to early 10
;= p0f, 2014, there "7 or 8"
;= captures, 2026-11, NTLM version 6.1 (7601), 6.3 (9600) and 10.0 (14393)
sig   = *:128:0:*:8192,0:mss:df,id+:0
sig   = *:128:0:*:8192,0:mss,sok,ts:df,id+:0
sig   = *:128:0:*:8192,8:mss,nop,ws:df,id+:0
sig   = *:128:0:*:8192,0:mss,nop,nop,ts:df,id+:0
sig   = *:128:0:*:8192,0:mss,nop,nop,sok:df,id+:0
sig   = *:128:0:*:8192,8:mss,nop,ws,sok,ts:df,id+:0
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:128:0:*:8192,8:mss,nop,ws,nop,nop,sok:df,id+:0

label = s:win:Windows:NT 4.0
;= captures, 2026-11, 7 captures; Server header IIS 4.0
;= satori, 2026-11, Windows 2 entries
;= prads, 2026-11, Windows 1 entry
sig   = *:128:0:*:mss*6,0:mss:df,id+:0

label = g:win:Windows:NT kernel
;= p0f, 2014, the layouts of its Windows signatures
;= captures, 2026-11, 62 captures; Server header IIS 6.0
;= satori, 2026-11, Windows 13 entries
sig   = *:128:0:*:*,0:mss,nop,nop,sok:df,id+:0
;= captures, 2026-11, 98 answers in one capture
;= satori, 2026-11, Windows 1 entry
sig   = *:128:0:*:mss*44,0:mss:df,id+:0
;= p0f, 2014, the layouts of its Windows signatures
;= captures, 2026-11, 62 captures; Server header IIS 6.0
;= satori, 2026-11, Windows 13 entries
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,sok:df,id+,ts1-:0
;= captures, 2026-11, 6 captures behind routers that clear DF; Server header IIS 6.0
;= satori, 2026-11, Windows 2 entries
sig   = *:128:0:*:*,0:mss,nop,nop,sok::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,sok::0
sig   = *:128:0:*:*,*:mss,nop,ws,nop,nop,ts,nop,nop,sok:ts1-:0

; ---- Apple --------------------------------------------------------------------------------------

;@ candidates macOS=0.7 iOS=0.3
label = s:unix:macOS/iOS:
;= captures, 2026-11, 85 captures, most on macOS loopback (MSS 16344, an MTU of 16384)
;= visits, 2021-2025, the window and scales of the SYN
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,5:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

;@ candidates macOS=1
label = s:unix:macOS/iOS:Mac OS X 10.x
;= p0f, 2014
sig   = *:64:0:*:65535,0:mss,nop,ws:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0

; ---- BSD, Solaris and others --------------------------------------------------------------------

label = s:unix:FreeBSD:9.x
;= p0f, 2014
sig   = *:64:0:*:65535,6:mss,nop,ws:df,id+:0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,ts:df,id+:0
sig   = *:64:0:*:65535,6:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,6:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:FreeBSD:8.x
;= p0f, 2014
sig   = *:64:0:*:65535,3:mss,nop,ws:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,sok,ts:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,3:mss,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:FreeBSD:8.x-9.x
;= p0f, 2014
sig   = *:64:0:*:65535,0:mss,sok,ts:df,id+:0

; p0f has these two twice, the second time as Mac OS X 10.x, where they never win.
;@ candidates FreeBSD=0.5 macOS=0.5
label = s:unix:FreeBSD:8.x-9.x, or Mac OS X 10.x
;= p0f, 2014
sig   = *:64:0:*:65535,0:mss,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,0:mss,nop,nop,ts:df,id+:0

label = g:unix:FreeBSD:
;= captures, 2026-11, 10 captures; 18 answers of the servers of Netflix, which run FreeBSD
;= p0f, 2014, the layout and window of its FreeBSD signatures
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df:0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,ts:df,id+:0
;= captures, 2026-11, 4 captures; Server header Apache (FreeBSD) 2 hosts
;= satori, 2026-11, FreeBSD 1 entry
sig   = *:64:0:*:57344,0:mss,nop,ws,nop,nop,ts:df,id+:0

; Web servers of every kind answer so.
label = g:other:Load balancer:with the layout of FreeBSD
;= captures, 2026-11, 4 captures; Server header IIS 6.0 behind a layout and TTL that Windows does not have
;= p0f, 2014, the layout is FreeBSD's, but no scale of it
sig   = *:64:0:*:65535,1:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,4:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:255:0:*:65535,4:mss,nop,ws,sok,eol+1:df,id+:0

; Apple and FreeBSD answer so to a client without timestamps.
;@ candidates FreeBSD=0.34 macOS=0.33 iOS=0.33
label = g:unix:BSD:FreeBSD, macOS/iOS or a relative
;= p0f, 2014, the layouts of its FreeBSD and Mac OS X signatures
;= captures, 2026-11, more than 5 captures
sig   = *:64:0:*:*,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df:0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:64:0:*:65535,*:mss,nop,ws,sok,eol+1:df:0
sig   = *:64:0:*:65535,0:mss,sok,eol+1:df:0
;= captures, 2026-11, 4 captures of KAME's time
;= prads, 2026-11, NetBSD and FreeBSD 1 entry each
sig   = *:64:0:*:*,0:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:*:*,0:mss,nop,ws,nop,nop,ts::0

label = s:unix:OpenBSD:5.x
;= p0f, 2014
sig   = *:64:0:1460:16384,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,ws:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,nop,sok,nop,ws:df,id+:0
sig   = *:64:0:1460:16384,0:mss,nop,nop,ts:df,id+:0
sig   = *:64:0:1460:16384,0:mss,nop,nop,sok,nop,nop,ts:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,ws,nop,nop,ts:df,id+:0
sig   = *:64:0:1460:16384,3:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = g:unix:OpenBSD:
;= p0f, 2014, the layout is OpenBSD's alone
sig   = *:64:0:*:*,*:mss,nop,nop,sok,nop,ws,nop,nop,ts:df,id+:0

label = s:unix:Solaris:6
;= p0f, 2014
sig   = 4:255:0:*:mss*7,0:mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,ws,mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,nop,ts,mss:df,id+:0
sig   = 4:255:0:*:mss*7,0:nop,nop,ts,nop,ws,mss:df,id+:0

label = s:unix:Solaris:8
;= p0f, 2014
sig   = *:64:0:*:mss*19,0:mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,ws,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,nop,ws,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,ws,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:mss*19,0:nop,nop,ts,nop,ws,nop,nop,sok,mss:df,id+:0

label = s:unix:Solaris:10
;= p0f, 2014
sig   = *:64:0:*:mss*37,0:mss:df,id+:0
sig   = *:64:0:*:mss*37,0:mss,nop,ws:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss:df,id+:0
sig   = *:64:0:*:mss*37,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss,nop,ws:df,id+:0
sig   = *:64:0:*:mss*37,0:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:mss*37,0:nop,nop,ts,mss,nop,ws,nop,nop,sok:df,id+:0

label = s:unix:HP-UX:11.x
;= p0f, 2014
sig   = *:64:0:*:32768,0:mss:df,id+:0
sig   = *:64:0:*:32768,0:mss,ws,nop:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok:df,id+:0
sig   = *:64:0:*:32768,0:mss,ws,nop,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,ws,nop:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,nop,nop,ts:df,id+:0
sig   = *:64:0:*:32768,0:mss,nop,nop,sok,ws,nop,nop,nop,ts:df,id+:0

label = s:other:OpenVMS:7.x
;= p0f, 2014
sig   = 4:64:0:1460:3993,0:mss::0
sig   = 4:64:0:1460:3993,0:mss,nop,ws::0

label = s:unix:Tru64:4.x
;= p0f, 2014
sig   = 4:64:0:1460:mss*25,0:mss,nop,ws:df,id+:0
sig   = 4:64:0:1460:mss*25,0:mss:df,id+:0

label = g:unix:Solaris:
;= p0f, 2014, the layouts of its Solaris signatures
;= captures, 2026-11, 6 captures
sig   = *:64:0:*:*,0:nop,nop,sok,mss:df,id+:0
;= captures, 2026-11, 1 capture
;= mac, 2026-11, made by Sun
sig   = *:64:0:*:mss*23,0:mss:df,id+:0
;= p0f, 2014, the layouts of its Solaris signatures
;= captures, 2026-11, 8 captures
sig   = *:64:0:*:*,*:nop,nop,ts,nop,ws,mss:df,id+:0
sig   = *:64:0:*:*,*:nop,nop,ts,nop,ws,nop,nop,sok,mss:df,id+:0
sig   = *:64:0:*:*,*:nop,nop,ts,mss,nop,ws,nop,nop,sok:df,id+:0

; ---- Load balancers, network devices, user-space stacks -----------------------------------------

label = s:other:F5 BIG-IP:
;= captures, 2026-11, 58 captures
;= satori, 2026-11, F5 5 entries: TTL 255, three segments
sig   = *:255:0:*:mss*3,*:mss,nop,ws,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:255:0:*:mss*3,*:mss,nop,ws,sok,eol+1:df,id+:0
sig   = *:255:0:*:mss*3,*:mss,nop,ws,sok,ts:df,id+:0
sig   = *:255:0:*:mss*3,0:mss,nop,nop,ts,sok,eol+1:df,id+:0
sig   = *:255:0:*:mss*3,0:mss,sok,eol+1:df,id+:0

label = s:other:NetScaler:
;= captures, 2026-11, 14 captures, one window before servers of every kind (IIS, Red Hat, Apple's own)
;= captures, 2026-11, NS-CACHE in the Via header of one of them, cookies named NSC_ by another
;= prads, 2026-11, 2 entries, under other names
sig   = *:255:0:*:8190,*:mss,nop,ws,nop,nop,sok:df,id+:0
sig   = *:255:0:*:8190,*:mss,nop,ws:df,id+:0
sig   = *:255:0:*:8190,0:mss,nop,nop,sok:df,id+:0
sig   = *:255:0:*:8190,0:mss:df,id+:0
sig   = 4:255:0:*:8190,*:mss,nop,ws,nop,nop,sok::0
sig   = 4:255:0:*:8190,0:mss::0

label = g:other:Transparent proxy:
;= captures, 2026-11, 4 captures; one answer for Google, Fastly, Facebook and others, at the same distance
;= visits, 2021-2025, the same windows and layout in SYNs of every system
sig   = *:64:0:*:mss*16,*:mss,nop,ws,sok,ts::0
sig   = *:255:0:*:mss*3,0:mss:df,id+:0
sig   = *:255:0:*:*,*:mss,nop,ws,sok,ts:df,id+:0

label = s:other:Cisco IOS:
;= captures, 2026-11, SSH banner Cisco 2 hosts
;= satori, 2026-11, Cisco IOS 2 entries
sig   = *:255:0:*:4128,0:mss::0
sig   = 4:255:0:*:4128,0:mss:id-:0

; Both end a connection in user space and open one of their own: the server behind them is not seen.
label = s:other:VMware NAT:
;= captures, 2026-11, 26 captures; servers of every kind behind it
;= mac, 2026-11, VMware's, of the range that its NAT device takes, in 4 of 8 captures
sig   = 4:128:0:*:mss*44,0:mss::0

;@ candidates VirtualBox=0.5 QEMU=0.5
label = s:other:VirtualBox NAT:or QEMU's user network
;= captures, 2026-11, 5 captures; servers of every kind behind it
;= mac, 2026-11, 52:54:00:12:35:02, which VirtualBox gives to its NAT, in all of them
;= recorded, 2026-11-25, libslirp 4.7, the TCP of QEMU's user network: guests/linux-a.pcap
sig   = 4:64:0:1460:65535,0:mss::0

label = s:other:QEMU:user network
;= recorded, 2026-11-25, libslirp 4.7 over IPv6: guests/linux-a.pcap
sig   = 6:255:0:1440:65535,0:mss::0

label = s:other:lwIP:
;= source, 2026-11, defaults of lwIP 2: TTL 255, a window of 4 segments, MSS as the only option
sig   = 4:255:0:*:mss*4,0:mss::0

label = s:other:gVisor:netstack (Tailscale, WireGuard and proxies in user space, runsc)
;= recorded, 2026-11-28, gVisor's netstack: tools/gvisor.pcap
sig   = 6:64:0:1360:27136,7:mss,sok,ts,nop,ws::0
sig   = 6:64:0:1220:24320,7:mss,sok,ts,nop,ws::0
sig   = 4:64:0:*:%128,7:mss,sok,ts,nop,ws::0
sig   = 6:64:0:1360:27136,7:mss,nop,nop,ts,nop,ws::0
sig   = 6:64:0:1220:24320,7:mss,nop,nop,ts,nop,ws::0
sig   = 4:64:0:*:%128,7:mss,nop,nop,ts,nop,ws::0

label = s:other:smoltcp:
;= recorded, 2026-11-23, smoltcp 0.12 on its loopback, IPv4 and IPv6: tools/smoltcp.pcap
sig   = *:64:0:*:*,*:mss,ws,sok,eol+2:df:0

label = s:other:uIP:
;= source, 2026-11, defaults of uIP and Contiki: TTL 64, a window of one segment, MSS as the only option
sig   = 4:64:0:*:mss*1,0:mss::0

label = g:other:Embedded:or another stack with an MSS option only
;= source, 2026-11, lwIP, uIP and Zephyr send no other option and do not set DF
;= captures, 2026-11, servers of Modbus and FINS, that is controllers
sig   = 4:32:0:*:*,0:mss::0
sig   = 4:64:0:*:*,0:mss::0
sig   = 4:128:0:*:*,0:mss::0
sig   = 4:255:0:*:*,0:mss::0
sig   = 4:64:0:*:*,0:mss:id-:0
sig   = 4:255:0:*:*,0:mss:id-:0

label = s:!:PCAPdroid:capturing VPN
sys   = Android
;= captures, 2026-11, 10 captures; client address 10.215.173.1, MSS 9960 whatever the server
;= source, 2026-11, that address is the default of PCAPdroid's VPN
sig   = *:64:0:9960:*,*:mss,ws,eol+0:df:0

label = s:!:Scapy:
sys   = @unix,@win
;= recorded, 2026-11-23, Scapy 2.5.0 builds segments so: tools/scapy.pcap
;= captures, 2026-11, 254 answers in 140 captures
sig   = *:64:0:0:8192,0::seq-:*
sig   = *:64:0:0:8192,0:::*

label = g:!:Packet generator:no TCP options
sys   = @unix,@win
;= captures, 2026-11, 1100 answers in 710 captures, of test suites and of programs on phones that capture by a VPN
;= recorded, 2026-11-23, Scapy sends such: tools/scapy.pcap
sig   = *:255-:0:0:*,0:::*
sig   = *:255-:0:0:*,0::id-:*
sig   = *:255-:0:0:*,0::df:*
sig   = *:255-:0:0:*,0::df,id+:*
sig   = *:255-:0:0:*,0::seq-:*
sig   = *:255-:0:0:*,0::id-,seq-:*
sig   = *:255-:0:0:*,0::df,seq-:*
