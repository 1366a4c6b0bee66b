import { PAGES } from "../read-page.ts";
import { runPages } from "./run-pages.ts";

runPages(PAGES.filter((path) => path !== "README.md" && !path.startsWith("docs/protocols/")));
