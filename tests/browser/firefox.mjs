/* Drive a headless Firefox over WebDriver BiDi: acts come as JSON on standard input, answers go out.
 *
 *     node firefox.mjs FIREFOX
 *
 * An act is a list: ["goto", address], ["reload"], ["press", key], ["click", selector],
 * ["fill", selector, text], ["until", expression], ["ask", expression], ["picture", path].  The
 * answer has what each "ask" gave, the errors of the pages, and each address that was asked for.
 */

import { text } from "node:stream/consumers";
import puppeteer from "puppeteer-core";

const PATIENCE = 60_000; // ms until something that is waited for counts as not coming

const acts = JSON.parse(await text(process.stdin));
const browser = await puppeteer.launch({
  browser: "firefox", executablePath: process.argv[2], headless: true, defaultViewport: null,
  args: ["--width=1280", "--height=800"],
});
const page = await browser.newPage();
page.setDefaultTimeout(PATIENCE);
const said = { answers: [], problems: [], asked: [] };
page.on("pageerror", (error) => said.problems.push(String(error)));
page.on("console", (message) => {
  if (message.type() === "error") said.problems.push(message.text());
});
page.on("request", (request) => said.asked.push(request.url()));

/** Ask again and again until it is true. */
async function until(expression) {
  const end = Date.now() + PATIENCE;
  while (!(await page.evaluate(expression))) {
    if (Date.now() > end) throw new Error(`never true: ${expression}; ${JSON.stringify(said)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const DO = {
  goto: (address) => page.goto(address),
  press: (key) => page.keyboard.press(key),
  click: (selector) => page.click(selector),
  reload: () => page.reload(),
  until,
  picture: (path) => page.screenshot({ path }),
  async ask(expression) { said.answers.push(await page.evaluate(expression)); },
  async fill(selector, text) {
    await page.focus(selector);
    await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).select()`);
    await page.keyboard.type(text);
  },
};
try {
  for (const [name, ...what] of acts) await DO[name](...what);
} finally {
  await browser.close();
}
console.log(JSON.stringify(said));
