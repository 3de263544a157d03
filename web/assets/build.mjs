// Builds web/assets/src into web/assets/dist: app.js, charts.js, app.css, icons.svg.
import { readFile, writeFile, mkdir, rm, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const src = join(here, "src");
const dist = join(here, "dist");
const watch = process.argv.includes("--watch");

// The sprite holds only the icons named in src/icons.json, as symbols that
// take their colour and stroke from where they are used.
async function icons() {
  const names = JSON.parse(await readFile(join(src, "icons.json"), "utf8"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(join(root, "node_modules/lucide-static/icons", `${name}.svg`), "utf8");
      const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
      const drawn = 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
      return `<symbol id="${name}" viewBox="0 0 24 24" ${drawn}>${body.replace(/\s+/g, " ").trim()}</symbol>`;
    }),
  );
  const notice = "<!-- Lucide icons, ISC licence, https://lucide.dev/license -->";
  const svg = `<svg xmlns="http://www.w3.org/2000/svg">${notice}${symbols.join("")}</svg>\n`;
  await writeFile(join(dist, "icons.svg"), svg);
}

async function clean() {
  await mkdir(dist, { recursive: true });
  for (const name of await readdir(dist)) {
    if (name !== ".keep") await rm(join(dist, name), { recursive: true });
  }
}

const options = {
  entryPoints: ["app.js", "charts.js", "app.css"].map((name) => join(src, name)),
  outdir: dist,
  bundle: true,
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  target: ["chrome123", "firefox128", "safari17.5"],
  format: "iife",
  legalComments: "eof",
  logLevel: "info",
};

await clean();
await icons();
if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
