// Reads the list as a script on axios does.
import { readFileSync } from "node:fs";
import axios from "axios";

const url = process.argv[2];
const started = process.hrtime.bigint();
let records = 0;
for (let offset = 0, next = true; next; offset = records) {
  const { data } = await axios.get(`${url}/contracts`, {
    params: { offset, limit: 1000 },
    headers: { authorization: "Token k" },
  });
  records += data.results.length;
  next = data.next !== null;
}
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
const peak = Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1024;
console.log(records, seconds, peak);
