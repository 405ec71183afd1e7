// What is known of the connections of one client to one service, in full.

import { useEffect, useRef } from "preact/hooks";
import type { Connection } from "./connection-query";
import { count, time, words } from "./format";

interface Props { connection: Connection; close: () => void; reveal: (ip: string) => void; hasCaptures: boolean }

export function ConnectionDetail({ connection: of, close, reveal, hasCaptures }: Props) {
    const title = useRef<HTMLHeadingElement>(null);
    useEffect(() => title.current?.focus(), [of.id]);
    const lists: [string, string[], boolean][] = [
        ["SNI", of.sni, false], ["JA4", of.ja4, true], ["TLS library", of.library, false], ["HTTP client", of.httpClient, false], ["HTTP server", of.httpServer, false],
    ];
    const end = (name: string, ip: string, named: string, system: string) => (
        <><dt>{name}</dt><dd><button type="button" class="link" onClick={() => reveal(ip)}><code>{ip}</code></button>{named && ` (${named})`}{system && `: ${system}`}</dd></>
    );
    return (
        <section class="detail" aria-labelledby="detail" onKeyDown={(event) => event.key === "Escape" && close()}>
            <div class="bar"><h2 id="detail" tabIndex={-1} ref={title}>{of.client} to port {of.port}{of.isUdp && "/udp"} of {of.server}</h2>
                <span class="grow" /><button type="button" onClick={close}>Close</button></div>
            <dl>
                {end("Client", of.client, of.clientName, of.clientSystem)}
                {end("Server", of.server, of.serverName, of.serverSystem)}
                <dt>Seen</dt><dd>{time(of.first)} to {time(of.last)} UTC{of.syns + of.answers > 0 && `, ${count(of.syns, "SYN")}, ${count(of.answers, "SYN+ACK")}`}{hasCaptures && `, in ${of.captureName}`}</dd>
                {lists.map(([name, texts, isCode]) => texts.length > 0 && (
                    <><dt>{name}</dt><dd><ul class="plain">{texts.map((text) => <li>{isCode ? <code>{text}</code> : text}</li>)}{of.hasMore && <li class="soft">and maybe more: at most 8 different ones are kept</li>}</ul></dd></>
                ))}
                {of.verdict && <><dt>Consistency</dt><dd><b>{words(of.verdict)}</b>: {VERDICTS[of.verdict]}</dd></>}
            </dl>
        </section>
    );
}

const VERDICTS: Record<string, string> = {
    consistent: "what the connection carries is of the same system as the client's stack",
    tunnel: "the TLS library is of another system than the client's stack, so the connection may come from behind it",
    terminating_proxy: "a proxy names itself in the requests",
    proxy_or_forged: "the User-Agent names another system than the client's stack",
    unclear: "nothing sure can be said by these connections alone",
};
