/* Take every address out of package-lock.json: where packages come from is the user's setting.
 *
 * npm leaves out where it found them (.npmrc says so), but not where their authors take money.
 */

import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
for (const one of Object.values(lock.packages)) {
  delete one.funding;
  delete one.resolved;
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
