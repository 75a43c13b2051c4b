// Looks at the status page as people do: on a phone and on a desk, by day and by night.
//   node look.mjs URL CHROMIUM FOLDER
// It prints what is wrong with each picture as JSON, and keeps the pictures.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, executablePath, folder] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
const seen = {};
try {
  for (const width of [390, 1100]) {
    for (const colorScheme of ["light", "dark"]) {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const wrong = [];
      page.on("console", (m) => wrong.push(`console: ${m.text()}`));
      page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
      page.on("request", (r) => {
        if (r.url() !== url && !r.url().endsWith("/favicon.ico")) wrong.push(`it loads ${r.url()}`);
      });
      const reply = await page.goto(url);
      if (reply.status() !== 200) wrong.push(`status ${reply.status()}`);
      await page.screenshot({ path: join(folder, `${width}-${colorScheme}.png`), fullPage: true });
      const found = await page.evaluate(() => {
        const root = document.documentElement;
        return {
          over: [...document.querySelectorAll("table")]
            .filter((t) => t.getBoundingClientRect().right > t.parentElement.getBoundingClientRect().right - 8)
            .map((t) => t.parentElement.querySelector("h2").textContent),
          wide: root.scrollWidth > root.clientWidth ? `${root.scrollWidth} of ${root.clientWidth}` : "",
          background: getComputedStyle(document.body).backgroundColor,
          bars: [...document.querySelectorAll("rect")].filter((r) => r.getBoundingClientRect().height > 0).length,
          scripts: document.querySelectorAll("script").length,
          heading: document.querySelector("h1").textContent,
        };
      });
      if (found.wide) wrong.push(`it must be scrolled sideways: ${found.wide}`);
      for (const table of found.over) wrong.push(`the table of ${table} leaves its frame`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
      for (const v of violations) wrong.push(`${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" | ").slice(0, 300)}`);
      seen[`${width} ${colorScheme}`] = { ...found, wrong };
      await page.close();
    }
  }
} finally {
  await browser.close();
}
console.log(JSON.stringify(seen));
