// Serves Spotlight on a port of the loopback:
//   node spotlight.mjs PORT
// Its own program would report about itself to Sentry, and cannot be told not to.
import { Server } from "node:http";
import { startServer } from "@spotlightjs/spotlight";

const listen = Server.prototype.listen;
Server.prototype.listen = function (port, _, ready) {
  return listen.call(this, port, "127.0.0.1", ready); // Spotlight would listen on every interface
};
await startServer({ port: Number(process.argv[2]) });
