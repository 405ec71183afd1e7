; Signatures of HTTP clients and servers, in p0f's syntax. They follow those of stackprint.fp, which
; has the line with the classes: both as one file are the built-in database, which p0f 3.09b reads.
;
;   ;= SOURCE, DATE[, what it says]     why the signatures below it are here, to the next ;= or label
;
; "recorded" is tests/captures/recorded/http, made by record-http.sh from the programs themselves;
; "captures" are those that other projects publish with their tests, of which only one half was used
; to make signatures (the first byte of the SHA-1 of NAME.log is even): the other half is what they
; are measured on, by tests/tests/engine/http_coverage.rs. "p0f" are the facts of p0f 3.09b's own file.
;
; A library has no expected User-Agent: programs give their own. Browsers and tools have one, and one
; that says something else is dishonest.

[http:request]

ua_os = Linux,Windows,iOS=[iPad],iOS=[iPhone],Mac OS X,FreeBSD,OpenBSD,NetBSD,Solaris=[SunOS]

; ---- browsers

label = s:!:Firefox:with Priority, 128 or newer
sys   = Windows,@unix
;= recorded, 2026-11, Firefox 153
sig   = 1:Host,User-Agent,Accept,?Accept-Language,Accept-Encoding=[gzip, deflate],?DNT=[1],?Sec-GPC=[1],Connection=[keep-alive],?Referer,?Cookie,?Upgrade-Insecure-Requests=[1],Priority=[u=]:Accept-Charset,Keep-Alive:Firefox/
sig   = 1:Host,User-Agent,Accept,?Accept-Language,Accept-Encoding=[gzip, deflate],Referer,?DNT=[1],?Sec-GPC=[1],Connection=[keep-alive],?Cookie,Priority=[u=]:Accept-Charset,Keep-Alive,Upgrade-Insecure-Requests:Firefox/

label = s:!:Firefox:52 to 127
sys   = Windows,@unix
;= captures, 2026-11, Firefox 52, 54, 60
sig   = 1:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?Referer,?DNT=[1],Connection=[keep-alive],?Cookie,Upgrade-Insecure-Requests=[1]:Accept-Charset,Keep-Alive,Priority:Firefox/

label = s:!:Chromium:50 or newer
sys   = Windows,@unix
;= recorded, 2026-11, Chromium 156: a page, and what it loads; captures, Chrome 108 and 142
sig   = 1:Host,Connection=[keep-alive],?Cache-Control,?sec-ch-ua,?sec-ch-ua-mobile,?sec-ch-ua-platform,?DNT=[1],Upgrade-Insecure-Requests=[1],User-Agent,Accept=[text/html],?Sec-GPC=[1],?Referer,?Accept-Encoding=[gzip, deflate],?Accept-Language:Accept-Charset,Keep-Alive: Chrom
sig   = 1:Host,Connection=[keep-alive],?Cache-Control,?sec-ch-ua-platform,User-Agent,?sec-ch-ua,?DNT=[1],?sec-ch-ua-mobile,Accept,?Referer,Accept-Encoding=[gzip, deflate],?Accept-Language:Accept-Charset,Keep-Alive,Upgrade-Insecure-Requests: Chrom
;= captures, 2026-11, Brave 142; Chrome 133, of its own accord
sig   = 1:Host,Connection=[keep-alive],sec-ch-ua,sec-ch-ua-mobile,sec-ch-ua-platform,Upgrade-Insecure-Requests=[1],User-Agent,Accept=[text/html],Sec-GPC=[1],Accept-Language,Accept-Encoding=[gzip, deflate]:Accept-Charset,Keep-Alive: Chrom
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept-Encoding=[gzip, deflate],Accept-Language:Accept,Accept-Charset,Keep-Alive,Upgrade-Insecure-Requests: Chrom

label = s:!:Safari:10 or newer
sys   = Mac OS X,iOS
;= captures, 2026-11, Safari on macOS
sig   = 1:Host,Upgrade-Insecure-Requests=[1],Accept=[text/html],User-Agent,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive]:Accept-Charset,Keep-Alive:Safari/

label = s:!:MSIE:11
sys   = Windows
;= captures, 2026-11, MSIE 11 on Windows 7 and 10
sig   = 1:Accept=[*/*],UA-CPU=[AMD64],Accept-Encoding=[gzip, deflate],User-Agent,Host,Connection=[Keep-Alive]:Accept-Charset,Keep-Alive:Trident/
sig   = 1:Accept=[application/xhtml+xml, image/jxr, */*],?Referer,Accept-Language,User-Agent,Accept-Encoding=[gzip, deflate],?DNT=[1],Host:Accept-Charset,Keep-Alive:Trident/

label = s:!:Lynx:
sys   = @unix
;= captures, 2026-11, Lynx 2.8.6; recorded, 2.9.0
sig   = 0:Host,Accept=[text/html, text/plain],?Accept-Encoding=[gzip],?Accept-Language,User-Agent:Connection,Accept-Charset,Keep-Alive:Lynx/

label = s:!:w3m:
sys   = @unix
;= recorded, 2026-11, w3m 0.5.3
sig   = 0:User-Agent,Accept=[text/html, text/*;q=0.5, image/*],Accept-Encoding=[gzip, compress],Accept-Language,Host:Connection,Accept-Charset,Keep-Alive:w3m/

label = s:!:Konqueror:3.5
sys   = @unix
;= captures, 2026-11
sig   = 1:User-Agent,?Referer,Accept,Accept-Encoding=[x-gzip, x-deflate, gzip, deflate],Accept-Charset=[utf-8, utf-8;q=0.5, *;q=0.5],Accept-Language,Host,Connection=[Keep-Alive]:Keep-Alive:Konqueror/

; ---- tools

label = s:!:git:
sys   = Windows,@unix
;= recorded, 2026-11, git 2.39.5
sig   = *:Host,User-Agent,Accept=[*/*],Accept-Encoding=[deflate, gzip],?Accept-Language,Pragma=[no-cache],?Git-Protocol=[version=]:Connection,Accept-Charset,Keep-Alive:git/

label = s:!:wget:1.21.2 or newer
sys   = Windows,@unix
;= recorded, 2026-11, Wget 1.21.3; captures, 1.21.2
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[identity],Connection=[Keep-Alive]:Accept-Language,Accept-Charset,Keep-Alive:Wget/

label = s:!:wget:1.21.1 or older
sys   = Windows,@unix
;= captures, 2026-11, 1.21.1
sig   = 1:User-Agent,Accept=[*/*],Accept-Encoding=[identity],Host,Connection=[Keep-Alive]:Accept-Language,Accept-Charset,Keep-Alive:Wget/

label = s:!:apt:
sys   = @unix
;= recorded, 2026-11, apt 2.6.1
sig   = 1:Host,?Range,?If-Range,?If-Modified-Since,Cache-Control=[max-age=0],?Accept=[text/*],User-Agent:Connection,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:APT-HTTP/

label = s:!:aria2:
sys   = Windows,@unix
;= recorded, 2026-11, aria2 1.36.0
sig   = 1:User-Agent,Accept=[*/*,application/metalink4+xml],Host,?Want-Digest:Connection,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:aria2/

label = s:!:Microsoft BITS:
sys   = Windows
;= captures, 2026-11, BITS 7.0
sig   = 1:Accept=[*/*],Accept-Encoding=[identity],?If-Modified-Since,?Range,?If-Unmodified-Since,User-Agent,Host,Connection=[Keep-Alive]:Accept-Language,Accept-Charset,Keep-Alive:Microsoft BITS/

label = s:!:AppleCoreMedia:
sys   = Mac OS X,iOS
;= captures, 2026-11, iOS 10
sig   = 1:Host,X-Playback-Session-Id,?Range,Accept=[*/*],User-Agent,?Accept-Language,Accept-Encoding=[identity],Connection=[keep-alive]:Accept-Charset,Keep-Alive:AppleCoreMedia/

label = s:!:VLC:3.x
sys   = Windows,@unix
;= captures, 2026-11, VLC 3.0.16
sig   = 1:Host,Cache-Control=[no-cache],User-Agent:Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:VLC/

label = s:!:Netflix:for iOS
sys   = iOS
;= captures, 2026-11
sig   = 1:Host,Accept=[*/*],Accept-Encoding=[deflate, gzip],User-Agent:Connection,Accept-Language,Accept-Charset,Keep-Alive:netflix-ios-app

label = g:!:Nmap:scripting engine
sys   = Windows,@unix
;= recorded, 2026-11, Nmap 7.93: another order at each start; those that begin with Host are like others
sig   = 1:Connection=[close],Host,User-Agent:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:Nmap Scripting Engine
sig   = 1:Connection=[close],User-Agent,Host:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:Nmap Scripting Engine
sig   = 1:User-Agent,Host,Connection=[close]:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:Nmap Scripting Engine
sig   = 1:User-Agent,Connection=[close],Host:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:Nmap Scripting Engine

label = s:!:curl:or ab, with HTTP/1.0
sys   = Windows,@unix
;= recorded, 2026-11, curl 7.88.1, ab of Apache 2.4.71
sig   = 0:Host,User-Agent,Accept=[*/*]:Connection,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:ELinks:0.13
sys   = Windows,@unix
;= recorded, 2026-11, ELinks 0.13.2
sig   = 1:Host,User-Agent,Accept=[*/*],?Accept-Encoding,Accept-Language,Connection=[Keep-Alive]:Accept-Charset,Keep-Alive:ELinks/

; ---- libraries

label = s:!:Perl:LWP
sys   = Windows,@unix
;= recorded, 2026-11, LWP 6.68
sig   = 1:TE,Connection=[TE, close],Host,User-Agent:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Ruby:net/http
sys   = Windows,@unix
;= recorded, 2026-11, Ruby 3.1
sig   = 1:Accept-Encoding=[gzip;q=1.0,deflate;q=0.6,identity;q=0.3],Accept=[*/*],User-Agent,Host:Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Java:HttpClient, 11 or newer
sys   = Windows,@unix
;= recorded, 2026-11, OpenJDK 17
sig   = 1:Connection=[Upgrade, HTTP2-Settings],?Content-Length,Host,HTTP2-Settings,Upgrade=[h2c],User-Agent:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Java:HttpURLConnection, 17 or newer
sys   = Windows,@unix
;= recorded, 2026-11, OpenJDK 17
sig   = 1:User-Agent,Host,Accept=[text/html, image/gif, image/jpeg, */*; q=0.2],Connection=[keep-alive]:Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Android:HttpURLConnection
sys   = Linux
;= captures, 2026-11, Android 11
sig   = 1:User-Agent,Host,Connection=[Keep-Alive],Accept-Encoding=[gzip]:Accept,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:OkHttp:
sys   = Linux,Windows,@unix
;= captures, 2026-11, an application of Android 6
sig   = 1:User-Agent,Accept,Host,Connection=[Keep-Alive],Accept-Encoding=[gzip]:Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Apache HttpClient:4.x
sys   = Linux,Windows,@unix
;= captures, 2026-11, applications of Android
sig   = 1:Content-Length,?Content-Type,Host,Connection=[Keep-Alive],User-Agent:Accept,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:axios:on Node.js
sys   = Windows,@unix
;= recorded, 2026-11, axios 1.21
sig   = 1:Accept=[application/json, text/plain, */*],?Content-Type,User-Agent,?Content-Length,Accept-Encoding=[gzip, compress, deflate],Host,Connection:Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Node.js:fetch
sys   = Windows,@unix
;= recorded, 2026-11, Node 20: undici behind it writes names in lower case
sig   = 1:host,connection=[keep-alive],accept=[*/*],accept-language=[*],sec-fetch-mode=[cors],user-agent,accept-encoding=[gzip, deflate]:Accept-Charset,Keep-Alive:

label = s:!:Python:websockets
sys   = Windows,@unix
;= captures, 2026-11, websockets 12
sig   = 1:Host,Upgrade=[websocket],Connection=[Upgrade],Sec-WebSocket-Key,Sec-WebSocket-Version=[13],?Sec-WebSocket-Extensions,?Sec-WebSocket-Protocol,User-Agent:Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:websockets/

label = s:!:Python:requests
sys   = Windows,@unix
;= recorded, 2026-11, requests 2.34.2; captures, 2.25 and 2.31
sig   = 1:Host,User-Agent,Accept-Encoding=[gzip, deflate],Accept=[*/*],Connection=[keep-alive]:Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Python:httpx
sys   = Windows,@unix
;= recorded, 2026-11, httpx 0.28.1
sig   = 1:Host,Accept=[*/*],Accept-Encoding=[gzip, deflate],Connection=[keep-alive],User-Agent:Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Python:aiohttp
sys   = Windows,@unix
;= recorded, 2026-11, aiohttp 3.14.5
sig   = 1:Host,Accept=[*/*],Accept-Encoding=[gzip, deflate],User-Agent:Connection,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Python:urllib3
sys   = Windows,@unix
;= recorded, 2026-11, urllib3 2.8.0
sig   = 1:Host,Accept-Encoding=[identity],User-Agent:Connection,Accept,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:Python:urllib
sys   = Windows,@unix
;= recorded, 2026-11, Python 3.11
sig   = 1:Accept-Encoding=[identity],Host,User-Agent,Connection=[close]:Accept,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:CFNetwork:
sys   = Mac OS X,iOS
;= captures, 2026-11, apps of iOS 10
sig   = 1:Host,Accept=[*/*],Accept-Language,Connection=[keep-alive],Accept-Encoding=[gzip, deflate],User-Agent:Accept-Charset,Keep-Alive:
sig   = 1:Host,Content-Type,User-Agent,Connection=[keep-alive],Accept=[*/*],Content-Length,Accept-Language,Accept-Encoding=[gzip, deflate]:Accept-Charset,Keep-Alive:

label = s:!:Go:net/http
sys   = Windows,@unix
;= recorded, 2026-11, Go 1.26; captures: it asks for no coding with a range
sig   = 1:Host,User-Agent,?Content-Length,?Content-Type,Accept-Encoding=[gzip]:Connection,Accept,Accept-Language,Accept-Charset,Keep-Alive:
sig   = 1:Host,User-Agent,Range:Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:

label = s:!:curl:or libcurl
sys   = Windows,@unix
;= recorded, 2026-11, curl 7.88.1; captures, 7.52 to 8.7
sig   = 1:Host,?Range,User-Agent,Accept=[*/*]:Connection,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive,Referer,Cookie,Cache-Control,Pragma:
;= p0f, 2016, curl before 7.50
sig   = 1:User-Agent,Host,Accept=[*/*]:Connection,Accept-Encoding,Accept-Language,Accept-Charset:

label = g:!:Node.js:http
sys   = Windows,@unix
;= recorded, 2026-11, Node 20: no more than this
sig   = 1:Host,Connection=[keep-alive]:User-Agent,Accept,Accept-Encoding,Accept-Language,Accept-Charset,Keep-Alive:

; ---- before 2017

label = s:!:Firefox:3.5 or older
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip,deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[300],Connection=[keep-alive]::Firefox/
;= captures, 2026-11, Firefox 3.5: what a page loads
sig   = *:Host,User-Agent,Accept=[*/*],?Accept-Language,Accept-Encoding=[gzip,deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[300],Connection=[keep-alive]::Firefox/

label = s:!:Firefox:3.x
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip,deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[115],Connection=[keep-alive],?Referer::Firefox/

label = s:!:Firefox:4.x
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],Keep-Alive=[115],Connection=[keep-alive],?Referer::Firefox/

label = s:!:Firefox:5.x-9.x
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],?DNT=[1],Connection=[keep-alive],?Referer:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[UTF-8,*],?DNT=[1],Connection=[keep-alive],?Referer:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[UTF-8,*],?DNT=[1],?Referer,Connection=[keep-alive]:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],?DNT=[1],?Referer,Connection=[keep-alive]:Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language,Accept-Encoding=[gzip, deflate],Accept-Charset=[utf-8;q=0.7,*;q=0.7],?Referer,?DNT=[1],Connection=[keep-alive]:Keep-Alive:Firefox/

label = s:!:Firefox:10.x or newer
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?DNT=[1],Connection=[keep-alive],?Referer:Accept-Charset,Keep-Alive:Firefox/
sig   = *:Host,User-Agent,Accept=[,*/*;q=],?Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?DNT=[1],?Referer,Connection=[keep-alive]:Accept-Charset,Keep-Alive:Firefox/
;= recorded, 2026-11, what a page loads, as Firefox 153 without the Priority of 128 and newer
sig   = *:Host,User-Agent,Accept=[*/*],Accept-Language=[;q=],Accept-Encoding=[gzip, deflate],?Referer,?DNT=[1],?Sec-GPC=[1],Connection=[keep-alive]:Accept-Charset,Keep-Alive,Priority:Firefox/

label = s:!:Firefox:10.x or Safari 5.x
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[xml;q=0.9,*/*;q=0.8],Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive]:Keep-Alive,Accept-Charset,DNT,Referer:Gecko

label = s:!:MSIE:8 or newer
sys   = Windows
;= p0f, 2016
sig   = 1:Accept=[*/*],?Referer,?Accept-Language,User-Agent,Accept-Encoding=[gzip, deflate],Host,Connection=[Keep-Alive]:Keep-Alive,Accept-Charset,UA-CPU:Trident/
sig   = 1:Accept=[*/*],?Referer,?Accept-Language,Accept-Encoding=[gzip, deflate],User-Agent,Host,Connection=[Keep-Alive]:Keep-Alive,Accept-Charset:(compatible; MSIE

label = s:!:MSIE:7
sys   = Windows
;= p0f, 2016
sig   = 1:Accept=[*/*],?Referer,?Accept-Language,UA-CPU,User-Agent,Accept-Encoding=[gzip, deflate],Host,Connection=[Keep-Alive]:Keep-Alive,Accept-Charset:(compatible; MSIE

label = s:!:MSIE:6
sys   = Windows
;= p0f, 2016
sig   = 0:Accept=[*/*],?Referer,User-Agent,Host:Keep-Alive,Connection,Accept-Encoding,Accept-Language,Accept-Charset:(compatible; MSIE
sig   = 1:Accept=[*/*],Connection=[Keep-Alive],Host,?Pragma=[no-cache],?Range,?Referer,User-Agent:Keep-Alive,Accept-Encoding,Accept-Language,Accept-Charset:(compatible; MSIE

label = s:!:Chrome:12.x or older
sys   = Windows,@unix
;= captures, 2026-11, Chrome 8 and 12
sig   = 1:Host,Connection=[keep-alive],?Referer,?Cache-Control,Accept,User-Agent,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3]:Keep-Alive: Chrom

label = s:!:Chrome:11.x to 26.x
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3]:: Chrom
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[UTF-8,*;q=0.5]:: Chrom
sig   = 1:Host,User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3],Connection=[keep-alive]::Chrom

label = s:!:Chrome:27.x to 42.x
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*],User-Agent,?Referer,Accept-Encoding=[gzip,deflate,sdch],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Chrome:43.x or 50.x
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*],User-Agent,?Referer,Accept-Encoding=[gzip, deflate, sdch],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Chrome:51.x or newer
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],Upgrade-Insecure-Requests=[1],User-Agent,Accept=[*/*],Accept-Encoding=[gzip, deflate, sdch],Accept-Language:Accept-Charset,Keep-Alive: Chrom

label = s:!:Opera:19.x or newer
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*;q=0.8],User-Agent,Accept-Encoding=[gzip,deflate,lzma,sdch],Accept-Language=[;q=0.]:Accept-Charset,Keep-Alive:OPR/

label = s:!:Opera:15.x-18.x
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],Accept=[*/*;q=0.8],User-Agent,Accept-Encoding=[gzip, deflate],Accept-Language=[;q=0.]:Accept-Charset,Keep-Alive:OPR/

label = s:!:Opera:11.x-14.x
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],?Accept-Language=[;q=0.],Accept-Encoding=[gzip, deflate],Connection=[Keep-Alive]:Accept-Charset,X-OperaMini-Phone-UA:) Presto/

label = s:!:Opera:10.x
sys   = Windows,@unix
;= p0f, 2016
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[;q=0.],Accept-Charset=[utf-8, utf-16, *;q=0.1],Accept-Encoding=[deflate, gzip, x-gzip, identity, *;q=0],Connection=[Keep-Alive]::Presto/
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[en],Accept-Encoding=[gzip, deflate],Connection=[Keep-Alive]:Accept-Charset:Opera/

label = s:!:Opera:Mini
sys   = Linux
;= p0f, 2016
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[;q=0.],Accept-Encoding=[gzip, deflate],Connection=[Keep-Alive],X-OperaMini-Phone-UA,X-OperaMini-Features,X-OperaMini-Phone,x-forwarded-for:Accept-Charset:Opera Mini/

label = s:!:Opera:on Nintendo Wii
sys   = Nintendo
;= p0f, 2016
sig   = 1:User-Agent,Host,Accept=[*/*;q=0.1],Accept-Language=[en],Accept-Charset=[iso-8859-1, utf-8, utf-16, *;q=0.1],Accept-Encoding=[deflate, gzip, x-gzip, identity, *;q=0],Connection=[Keep-Alive]::Nintendo

label = s:!:Android:2.x
sys   = Linux
;= p0f, 2016
sig   = 1:Host,Accept-Encoding=[gzip],Accept-Language,User-Agent,Accept=[,*/*;q=0.5],Accept-Charset=[utf-16, *;q=0.7]:Connection:Android
sig   = 1:Host,Connection=[keep-alive],Accept-Encoding=[gzip],Accept-Language,User-Agent,Accept=[,*/*;q=0.5],Accept-Charset=[utf-16, *;q=0.7]::Android
sig   = 1:Host,Accept-Encoding=[gzip],Accept-Language=[en-US],Accept=[*/*;q=0.5],User-Agent,Accept-Charset=[utf-16, *;q=0.7]:Connection:Android

label = s:!:Android:4.x
sys   = Linux
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],Accept=[,*/*;q=0.8],User-Agent,Accept-Encoding=[gzip,deflate],Accept-Language,Accept-Charset=[utf-16, *;q=0.7]::Android

label = s:!:Safari:7 or newer
sys   = @unix
;= p0f, 2016
sig   = *:Host,Accept-Encoding=[gzip, deflate],Connection=[keep-alive],Accept=[*/*],User-Agent,Accept-Language,?Referer,?DNT:Accept-Charset,Keep-Alive:KHTML, like Gecko)

label = s:!:Safari:5.1-6
sys   = Windows,@unix
;= p0f, 2016
sig   = *:Host,User-Agent,Accept=[*/*],?Referer,Accept-Language,Accept-Encoding=[gzip, deflate],Connection=[keep-alive]:Accept-Charset:KHTML, like Gecko)
sig   = *:Host,User-Agent,Accept=[*/*],?Referer,Accept-Encoding=[gzip, deflate],Accept-Language,Connection=[keep-alive]:Accept-Charset:KHTML, like Gecko)

label = s:!:Konqueror:4.6 or earlier
sys   = Linux,FreeBSD,OpenBSD
;= p0f, 2016
sig   = 1:Host,Connection=[Keep-Alive],User-Agent,?Pragma,?Cache-control,Accept=[*/*],Accept-Encoding=[x-gzip, x-deflate, gzip, deflate],Accept-Charset=[;q=0.5, *;q=0.5],Accept-Language::Konqueror/

label = s:!:Konqueror:4.7 or newer
sys   = Linux,FreeBSD,OpenBSD
;= p0f, 2016
sig   = 1:Host,Connection=[keep-alive],User-Agent,Accept=[*/*],Accept-Encoding=[gzip, deflate, x-gzip, x-deflate],Accept-Charset=[,*;q=0.5],Accept-Language::Konqueror/

label = s:!:BaiduSpider:
sys   = BaiduSpider
;= p0f, 2016
sig   = 1:Host,Connection=[close],User-Agent,Accept=[*/*]:Accept-Encoding,Accept-Language,Accept-Charset:Baiduspider-image
sig   = 1:Host,Accept-Language=[zh-cn],Connection=[close],User-Agent:Accept,Accept-Encoding,Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Language=[zh-cn,zh-tw],Accept-Encoding=[gzip],Accept=[*/*]:Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Language=[tr-TR],Accept-Encoding=[gzip],Accept=[*/*]:Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Encoding=[gzip],?Accept-Language=[zh-cn,zh-tw],Accept=[*/*]:Accept-Charset:Baiduspider
sig   = 1:Host,Connection=[close],User-Agent,Accept-Encoding=[gzip],Accept-Language=[tr-TR],Accept=[*/*]:Accept-Charset:Baiduspider

label = s:!:Googlebot:
sys   = Linux
;= p0f, 2016
sig   = 1:Host,Connection=[Keep-alive],Accept=[*/*],From=[googlebot(at)googlebot.com],User-Agent,Accept-Encoding=[gzip,deflate],?If-Modified-Since:Accept-Language,Accept-Charset:Googlebot
sig   = 1:Host,Connection=[Keep-alive],Accept=[text/plain],Accept=[text/html],From=[googlebot(at)googlebot.com],User-Agent,Accept-Encoding=[gzip,deflate]:Accept-Language,Accept-Charset:Googlebot

label = s:!:Googlebot:feed fetcher
sys   = Linux
;= p0f, 2016
sig   = 1:Host,Connection=[Keep-alive],Accept=[*/*],User-Agent,Accept-Encoding=[gzip,deflate],?If-Modified-Since:Accept-Language,Accept-Charset:-Google
sig   = 1:User-Agent,?X-shindig-dos=[on],Cache-Control,Host,?X-Forwarded-For,Accept-Encoding=[gzip],?Accept-Language:Connection,Accept,Accept-Charset:Feedfetcher-Google

label = s:!:Bingbot:
sys   = Windows
;= p0f, 2016
sig   = 1:Cache-Control,Connection=[Keep-Alive],Pragma=[no-cache],Accept=[*/*],Accept-Encoding,Host,User-Agent:Accept-Language,Accept-Charset:bingbot/

label = s:!:MSNbot:
sys   = Windows
;= p0f, 2016
sig   = 1:Connection=[Close],Accept,Accept-Encoding=[gzip, deflate],From=[msnbot(at)microsoft.com],Host,User-Agent:Accept-Language,Accept-Charset:msnbot

label = s:!:Yandex:crawler
sys   = FreeBSD
;= p0f, 2016
sig   = 1:Host,Connection=[Keep-Alive],Accept=[*/*],Accept-Encoding=[gzip,deflate],Accept-Language=[en-us, en;q=0.7, *;q=0.01],User-Agent,From=[support@search.yandex.ru]:Accept-Charset:YandexBot/
sig   = 1:Host,Connection=[Keep-Alive],Accept=[image/jpeg, image/pjpeg, image/png, image/gif],User-Agent,From=[support@search.yandex.ru]:Accept-Encoding,Accept-Language,Accept-Charset:YandexImages/
sig   = 1:Host,Connection=[Keep-Alive],User-Agent,From=[support@search.yandex.ru]:Accept,Accept-Encoding,Accept-Language,Accept-Charset:YandexBot/

label = s:!:Yahoo:crawler
sys   = Linux
;= p0f, 2016
sig   = 0:Host,User-Agent,Accept=[,image/png,*/*;q=0.5],Accept-Language=[en-us,en;q=0.5],Accept-Encoding=[gzip],Accept-Charset=[,utf-8;q=0.7,*;q=0.7]:Connection:Slurp

label = s:!:Flipboard:crawler
sys   = Linux
;= p0f, 2016
sig   = 1:User-Agent,Accept-Language=[en-us,en;q=0.5],Accept-Charset=[;q=0.7,*;q=0.5],Accept-Encoding=[gzip],Host,Accept=[*; q=.2, */*; q=.2],Connection=[keep-alive]::FlipboardProxy
sig   = 1:Accept-language=[en-us,en;q=0.5],Accept-encoding=[gzip],Accept=[;q=0.9,*/*;q=0.8],User-agent,Host:User-Agent,Connection,Accept-Encoding,Accept-Language,Accept-Charset:FlipboardProxy

label = s:!:Spinn3r:crawler
sys   = Linux
;= p0f, 2016
sig   = 1:User-Agent,Accept-Encoding=[gzip],Host,Accept=[*; q=.2, */*; q=.2],Connection=[close]:Accept-Language,Accept-Charset:Spinn3r

label = s:!:Facebook:crawler
sys   = Linux
;= p0f, 2016
sig   = 1:User-Agent,Host,Accept=[*/*],Accept-Encoding=[deflate, gzip],Connection=[close]:Accept-Language,Accept-Charset:facebookexternalhit/

label = s:!:paper.li:crawler
sys   = Linux
;= p0f, 2016
sig   = 1:Accept-Language=[en-us,en;q=0.5],Accept=[*/*],User-Agent,Connection=[close],Accept-Encoding=[gzip,identity],?Referer,Host,Accept-Charset=[ISO-8859-1,utf-8;q=0.7,*;q=0.7]::PaperLiBot/

label = s:!:Twitter:crawler
sys   = Linux
;= p0f, 2016
sig   = 1:User-Agent=[Twitterbot/],Host,Accept=[*; q=.2, */*; q=.2],Cache-Control,Connection=[keep-alive]:Accept-Encoding,Accept-Language,Accept-Charset:Twitterbot/

label = s:!:linkdex:crawler
sys   = Linux
;= p0f, 2016
sig   = 0:Host,Connection=[Keep-Alive],User-Agent,Accept-Encoding=[gzip,deflate]:Accept,Accept-Language,Accept-Charset:linkdex.com/

label = s:!:Yodaobot:
sys   = Linux
;= p0f, 2016
sig   = 1:Accept-Encoding=[identity;q=0.5, *;q=0.1],User-Agent,Host:Connection,Accept,Accept-Language,Accept-Charset:YodaoBot/

label = s:!:Tweetmeme:crawler
sys   = Linux
;= p0f, 2016
sig   = 1:Host,User-Agent,Accept=[,image/png,*/*;q=0.5],Accept-Language=[en-gb,en;q=0.5],Accept-Charset=[ISO-8859-1,utf-8;q=0.7,*;q=0.7]:Connection,Accept-Encoding:TweetmemeBot/

label = s:!:Archive.org:crawler
sys   = Linux
;= p0f, 2016
sig   = 0:User-Agent,Connection=[close],Accept=[application/xml;q=0.9,*/*;q=0.8],Host:Accept-Encoding,Accept-Language,Accept-Charset:archive.org

label = s:!:Yahoo Pipes:
sys   = Linux
;= p0f, 2016
sig   = 0:Client-IP,X-Forwarded-For,X-YQL-Depth,User-Agent,Host,Connection=[keep-alive],Via:Accept,Accept-Encoding,Accept-Language,Accept-Charset:Yahoo Pipes
sig   = 1:Client-IP,X-Forwarded-For,X-YQL-Depth,User-Agent,Host,Via:Connection,Accept,Accept-Encoding,Accept-Language,Accept-Charset:Yahoo Pipes

label = s:!:Google Web Preview:
sys   = Linux
;= p0f, 2016
sig   = 1:Referer,User-Agent,Accept-Encoding=[gzip,deflate],Host,X-Forwarded-For:Connection,Accept,Accept-Language,Accept-Charset:Web Preview

label = s:!:wget:
sys   = @unix,Windows
;= p0f, 2016
sig   = *:User-Agent,Accept=[*/*],Host,Connection=[Keep-Alive]:Accept-Encoding,Accept-Language,Accept-Charset:Wget/

label = s:!:Lynx:
sys   = @unix,Windows
;= p0f, 2016
sig   = 0:Host,Accept=[text/sgml, */*;q=0.01],Accept-Encoding=[gzip, compress],Accept-Language,User-Agent:Connection,Accept-Charset:Lynx/

label = s:!:links:
sys   = @unix,Windows
;= p0f, 2016
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip, deflate, bzip2],Accept-Charset=[us-ascii],Accept-Language=[;q=0.1],Connection=[Keep-Alive]::Links
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip,deflate,bzip2],Accept-Charset=[us-ascii],Accept-Language=[;q=0.1],Connection=[keep-alive]::Links

label = s:!:elinks:
sys   = @unix,Windows
;= p0f, 2016
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[bzip2, deflate, gzip],Accept-Language:Connection,Accept-Charset:ELinks/

label = s:!:Java:JRE
sys   = @unix,@win
;= p0f, 2016
sig   = 1:User-Agent,Host,Accept=[*; q=.2, */*; q=.2],Connection=[keep-alive]:Accept-Encoding,Accept-Language,Accept-Charset:Java/

label = s:!:Python:urllib
sys   = @unix,Windows
;= p0f, 2016
sig   = 1:Accept-Encoding=[identity],Host,Connection=[close],User-Agent:Accept,Accept-Language,Accept-Charset:Python-urllib/

label = s:!:w3m:
sys   = @unix,Windows
;= p0f, 2016
sig   = 0:User-Agent,Accept=[image/*],Accept-Encoding=[gzip, compress, bzip, bzip2, deflate],Accept-Language=[;q=1.0],Host:Connection,Accept-Charset:w3m/

label = s:!:WebOS:
sys   = Linux
;= p0f, 2016
sig   = 1:Host,Accept-Encoding=[gzip, deflate],User-Agent,Accept=[,*/*;q=0.5],Accept-Language,Accept-Charset=[utf-8;q=0.7,*;q=0.3]:Connection:wOSBrowser

label = s:!:Google Desktop:
sys   = Windows
;= p0f, 2016
sig   = 1:Accept=[*/*],Accept-Encoding=[gzip],User-Agent,Host,Connection=[Keep-Alive]:Accept-Language,Accept-Charset:Google Desktop/

label = s:!:luakit:
sys   = @unix
;= p0f, 2016
sig   = 1:Host,User-Agent,Accept=[*/*],Accept-Encoding=[gzip],Connection=[Keep-Alive]:Accept-Language,Accept-Charset:luakit

[http:response]

label = s:!:nginx:
sys   = @unix
;= recorded, 2026-11, nginx 1.22.1: a page, a file, an error
sig   = 1:Server,Date,Content-Type,?Content-Length,?Last-Modified,Connection=[keep-alive],?ETag,?Accept-Ranges=[bytes]:Keep-Alive:nginx

label = s:!:nginx:without keep-alive
sys   = @unix
;= recorded, 2026-11, nginx 1.22.1: a file
sig   = 1:Server,Date,?Content-Type,?Content-Length,?Last-Modified,Connection=[close],ETag:Keep-Alive:nginx
;= captures, 2026-11, PHP behind it
sig   = 1:Server,Date,Content-Type,?Transfer-Encoding,Connection,X-Powered-By=[PHP]:Keep-Alive:nginx

label = s:!:Apache:2.4 with HTTP/2
sys   = @unix,Windows
;= captures, 2026-11
sig   = 1:Date,Server,Upgrade=[h2],Connection=[Upgrade],Content-Type::Apache

label = s:!:IIS:with ASP.NET
sys   = Windows
;= captures, 2026-11, IIS 6
sig   = *:Server,X-Powered-By=[ASP.NET]::Microsoft-IIS/

label = s:!:Caddy:
sys   = @unix,Windows
;= recorded, 2026-11, Caddy 2.6.2: a file; captures: a redirection
sig   = 1:Accept-Ranges=[bytes],?Content-Length,?Content-Type,?Etag,?Last-Modified,Server,?Vary,Date:Connection,Keep-Alive,X-Powered-By:Caddy
sig   = 1:Connection=[close],Location,Server,Date,?Content-Length:Content-Type,Keep-Alive,Accept-Ranges:Caddy

label = s:!:Amazon S3:
sys   = @unix
;= captures, 2026-11
sig   = 1:x-amz-id-2,x-amz-request-id,Server:Keep-Alive:AmazonS3

label = s:!:Akamai:
sys   = @unix
;= captures, 2026-11
sig   = *:Server,Mime-Version,Content-Type,?Content-Length,?Expires,Date,Connection:Keep-Alive,Accept-Ranges:AkamaiGHost

label = s:!:Google Web Server:with X-XSS-Protection
sys   = Linux
;= captures, 2026-11, gws and sffe
sig   = *:Date,Content-Type,Server,?Content-Length,X-XSS-Protection:Keep-Alive,Accept-Ranges:
sig   = *:Content-Type,Date,Server,?Content-Length,X-XSS-Protection:Keep-Alive,Accept-Ranges:

label = s:!:Cowboy:
sys   = @unix
;= captures, 2026-11
sig   = 1:server,date,content-encoding,content-length,content-type,?vary:Connection,Keep-Alive,Accept-Ranges:Cowboy

label = s:!:lighttpd:1.4.60 or newer
sys   = @unix
;= recorded, 2026-11, lighttpd 1.4.69
sig   = 1:Content-Type,?ETag,?Last-Modified,Content-Length,Accept-Ranges=[bytes],Date,Server:Connection,Keep-Alive:lighttpd/
sig   = 1:Content-Type,?ETag,?Last-Modified,Content-Length,Accept-Ranges=[bytes],Connection=[close],Date,Server:Keep-Alive:lighttpd/

label = s:!:Python:http.server
sys   = Windows,@unix
;= recorded, 2026-11, Python 3.11: files and a list of them
sig   = 0:Server,Date,?Content-type,?Content-Length,?Last-Modified:Connection,Keep-Alive,Accept-Ranges:Python/
;= captures, 2026-11, ranges of files
sig   = 0:Server,Date,Content-type,Accept-Ranges=[bytes],?Content-Range,?Content-Length,?Last-Modified:Connection,Keep-Alive:Python/

label = s:!:Python:http.server or gunicorn
sys   = Windows,@unix
;= recorded, 2026-11, errors of Python 3.11, gunicorn 27.0
sig   = *:Server,Date,Connection=[close],Content-Type,Content-Length:Keep-Alive,Accept-Ranges:

label = s:!:Python:http.server or Twisted
sys   = Windows,@unix
;= recorded, 2026-11, errors of Twisted 26.10; captures, HTTP/1.1 of Python 3.12
sig   = 1:Server,Date,Content-type,Content-Length,?Last-Modified:Connection,Keep-Alive,Accept-Ranges:

label = s:!:Python:Twisted
sys   = Windows,@unix
;= recorded, 2026-11, Twisted 26.10: a file
sig   = 1:Server,Date,Accept-Ranges=[bytes],Content-Length,Content-Type,Last-Modified:Connection,Keep-Alive:TwistedWeb/

label = s:!:Python:Tornado
sys   = Windows,@unix
;= recorded, 2026-11, Tornado 6.6
sig   = 1:Server,Content-Type,Date,?Etag,Content-Length:Connection,Keep-Alive,Accept-Ranges:TornadoServer/

label = s:!:Python:waitress
sys   = Windows,@unix
;= recorded, 2026-11, waitress 3.0
sig   = 1:Content-Length,Content-Type,Date,Server:Connection,Keep-Alive,Accept-Ranges:waitress

label = s:!:Python:uvicorn
sys   = Windows,@unix
;= recorded, 2026-11, uvicorn 0.54
sig   = 1:date,server,content-type,content-length:Connection,Keep-Alive,Accept-Ranges:uvicorn

label = s:!:Python:aiohttp
sys   = Windows,@unix
;= recorded, 2026-11, aiohttp 3.14.5
sig   = 1:Content-Type,Content-Length,Date,Server=[aiohttp/]:Connection,Keep-Alive,Accept-Ranges:aiohttp/

label = s:!:Node.js:Express
sys   = Windows,@unix
;= recorded, 2026-11, Express 5.3
sig   = 1:X-Powered-By=[Express],Date,Connection,?Keep-Alive=[timeout=]:Server:

label = s:!:Node.js:http
sys   = Windows,@unix
;= recorded, 2026-11, Node 20
sig   = 1:Date,Connection=[keep-alive],Keep-Alive=[timeout=5],?Content-Length:Server,X-Powered-By,Content-Type,Accept-Ranges:

label = s:!:Go:net/http
sys   = Windows,@unix
;= recorded, 2026-11, Go 1.26: files, for which it sorts what the program sets, and errors
sig   = 1:?Accept-Ranges=[bytes],Content-Length,Content-Type,?Last-Modified,Date:Server,Connection,Keep-Alive:
sig   = 1:Content-Type=[text/plain],X-Content-Type-Options=[nosniff],Date,Content-Length:Server,Connection,Keep-Alive,Accept-Ranges:

; ---- before 2017

label = s:!:Apache:1.3 or 2.x
sys   = @unix,Windows
;= p0f, 2016
sig   = 1:Date,Server,?Last-Modified,?Accept-Ranges=[bytes],?Content-Length,?Content-Range,Keep-Alive=[timeout],Connection=[Keep-Alive],?Transfer-Encoding=[chunked],Content-Type::Apache
sig   = 1:Date,Server,?Last-Modified,?Accept-Ranges=[bytes],?Content-Length,?Connection=[close],?Transfer-Encoding=[chunked],Content-Type:Keep-Alive:Apache
sig   = 1:Date,Server,Connection=[Keep-Alive],Keep-Alive=[timeout]:Content-Type,Accept-Ranges:Apache
sig   = 1:Date,Server,?Last-Modified,?Accept-Ranges=[bytes],?Content-Length,Content-Type,Keep-Alive=[timeout],Connection=[Keep-Alive]::Apache

label = s:!:lighttpd:2.x
sys   = @unix
;= p0f, 2016
sig   = 1:?ETag,?Last-Modified,Accept-Ranges=[bytes],Content-Type,?Vary,?Content-Length,Date,Server:Connection,Keep-Alive:lighttpd/
sig   = 1:?ETag,?Last-Modified,Transfer-Encoding=[chunked],Content-Type,?Vary,?Content-Length,Date,Server:Connection,Keep-Alive:lighttpd/

label = s:!:lighttpd:1.x
sys   = @unix
;= p0f, 2016
sig   = 1:Content-Type,Accept-Ranges=[bytes],?ETag,?Last-Modified,Date,Server:Connection,Keep-Alive:lighttpd/
sig   = 0:Content-Type,Content-Length,Connection=[close],Date,Server:Keep-Alive,Accept-Ranges:lighttpd/

label = s:!:nginx:1.x
sys   = @unix
;= p0f, 2016
sig   = 1:Server,Date,Content-Type,?Content-Length,?Last-Modified,Connection=[keep-alive],Keep-Alive=[timeout],Accept-Ranges=[bytes]::nginx/

label = s:!:Google Web Server:
sys   = Linux
;= p0f, 2016
sig   = *:Content-Type,X-Content-Type-Options=[nosniff],Date,Server=[sffe]:Connection,Accept-Ranges,Keep-Alive,Connection:
sig   = *:Date,Content-Type,Server=[gws]:Connection,Accept-Ranges,Keep-Alive:
sig   = *:Content-Type,X-Content-Type-Options=[nosniff],Server=[GSE]:Connection,Accept-Ranges,Keep-Alive:
