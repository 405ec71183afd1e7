// How the page speaks with its workers; new ones replace those that broke.

import { useCallback, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Ask, Question, Questions, Reply, State, Tell } from "./keeping";
import { makeWorkers } from "./make-workers";

/** Asks the worker; the answer comes when it has it. */
export type Answer = <Name extends keyof Questions>(name: Name, about: Questions[Name]["with"]) => Promise<Questions[Name]["answer"]>;
export interface Engine { state: State | null; broke: string; isStopped: boolean; restart: () => void; send: (tell: Tell) => void; asked: Answer }

/** Workers that break before they were ready, one after the other: then the page does not try again by itself. */
const MAX_TRIES = 3;
const WAIT_MS = 500;

export function useEngine(): Engine {
    const [state, setState] = useState<State | null>(null);
    const [broke, setBroke] = useState("");
    const [isStopped, setStopped] = useState(false);
    const workers = useRef<{ keeper: Worker; reader: Worker } | null>(null);
    const waiting = useRef(new Map<number, (value: never) => void>());
    const nextId = useRef(0);
    const tries = useRef(0);
    const stop = useCallback(() => {
        workers.current?.keeper.terminate();
        workers.current?.reader.terminate();
        workers.current = null;
    }, []);
    const start = useCallback(() => {
        const now = makeWorkers();
        workers.current = now;
        tries.current += 1;
        const { port1, port2 } = new MessageChannel();
        now.reader.postMessage({ keeper: port1 }, [port1]);
        now.keeper.postMessage({ ask: "meet", reader: port2 } satisfies Ask, [port2]);
        const failed = (why: string): void => {
            if (workers.current !== now) return;
            stop();
            waiting.current.clear();
            setState(null);
            if (tries.current >= MAX_TRIES) {
                setStopped(true);
                setBroke(`The engine does not start (${why}). Is the page complete on its server?`);
                return;
            }
            setBroke(`The engine broke (${why}) and is restarted; what was read is gone.`);
            // The first try comes at once: nobody has to wait for an accident.
            if (tries.current < 2) start();
            else setTimeout(start, WAIT_MS);
        };
        now.reader.onerror = now.keeper.onerror = (event) => failed(event.message ?? "a script of it is missing");
        now.keeper.onmessage = ({ data }: MessageEvent<Reply>) => {
            switch (data.tell) {
                case "ready": tries.current = 0; break;
                case "state":
                    setState(data.state.files.length || data.state.passed ? data.state : null);
                    if (data.state.files.length) setBroke("");
                    break;
                case "fatal": failed(data.why); break;
                case "answer":
                    waiting.current.get(data.id)?.(data.value as never);
                    waiting.current.delete(data.id);
            }
        };
    }, []);
    const restart = useCallback(() => {
        tries.current = 0;
        setStopped(false);
        setBroke("");
        start();
    }, []);
    // Before the first paint: a quick user must not ask before there is a worker.
    useLayoutEffect(() => { start(); return stop; }, []);
    const send = useCallback((tell: Tell) => workers.current?.keeper.postMessage(tell satisfies Ask), []);
    const asked = useCallback<Answer>((ask, about) => new Promise((answer) => {
        nextId.current += 1;
        waiting.current.set(nextId.current, answer);
        workers.current?.keeper.postMessage({ ...about, ask, id: nextId.current } as Question);
    }), []);
    return { state, broke, isStopped, restart, send, asked };
}
