// Opens connections with Node's https module, or with its fetch.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
process.env.NODE_NO_WARNINGS = "1";
const https = require("node:https");

const [way, port] = process.argv.slice(2);
const get = (url) =>
  way === "fetch"
    ? fetch(url).then((answer) => answer.text())
    : new Promise((done, failed) => {
        https.get(url, (answer) => answer.resume().on("end", done)).on("error", failed);
      });

(async () => {
  for (const name of ["client.example", "client.example", "192.0.2.80", "192.0.2.80"]) {
    await get(`https://${name}:${port}/`).catch(() => {});
  }
})();
