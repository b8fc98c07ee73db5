// Bundles every src/*.ts, src/*.css and src/*.svg into ../static, under names that hold a hash of the content,
// and writes manifest.json, which says what each is called: {"app.js": "app-5N2K….js"}.
// Folders below src/ hold parts that those import; they are no bundles of their own.
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const sources = readdirSync(join(here, "src"), { withFileTypes: true })
  .filter((file) => file.isFile() && /\.(ts|css|svg)$/.test(file.name) && !file.name.endsWith(".d.ts"))
  .map((file) => join(here, "src", file.name));

rmSync(out, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: sources,
  outdir: out,
  absWorkingDir: here,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: true,
  legalComments: "linked",
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".svg": "copy" },
  metafile: true,
  logLevel: "warning",
});

const manifest = {};
for (const [file, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (!entryPoint) continue;
  manifest[basename(entryPoint).replace(/\.ts$/, ".js")] = basename(file);
}
writeFileSync(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
