// Keeps the page, so that it works without the network after its first load. The build puts in
// what there is to keep, and a name that changes with it.
const KEPT = "@KEPT@";
const FILES = ["@FILES@"];

addEventListener("install", (event) => {
    event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll(FILES)).then(() => skipWaiting()));
});
addEventListener("activate", (event) => {
    const old = (name) => name.startsWith("stackprint-") && name !== KEPT;
    event.waitUntil(caches.keys()
        .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
        .then(() => clients.claim()));
});
// The response comes with the headers it had, the policy among them.
addEventListener("fetch", (event) => {
    event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((found) => found ?? fetch(event.request)));
});
