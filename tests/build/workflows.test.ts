import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

const FOLDER = join(import.meta.dir, "../../.github/workflows");

const rightsSchema = v.record(v.string(), v.picklist(["none", "read", "write"]));
const workflowSchema = v.object({
  permissions: v.strictObject({}),
  jobs: v.record(
    v.string(),
    v.object({
      permissions: rightsSchema,
      environment: v.optional(v.string()),
      needs: v.optional(v.string()),
      steps: v.array(
        v.object({
          uses: v.optional(v.string()),
          run: v.optional(v.string()),
          with: v.optional(v.record(v.string(), v.unknown()), {}),
          env: v.optional(v.record(v.string(), v.string()), {}),
        }),
      ),
    }),
  ),
});

/** What a job may do beside reading, by workflow and job; whoever adds to this says why. */
const WRITES: Readonly<Record<string, readonly string[]>> = {
  // Proves to Sigstore which workflow it is, and stores the attestation.
  "release.yml attest": ["attestations", "id-token"],
  // Makes the release.
  "release.yml publish": ["contents"],
};

const NAMES = readdirSync(FOLDER);

test.each(NAMES)("%s pins its actions by commit and gives each job no more than it needs", (name) => {
  expect(findFaults(name, readFileSync(join(FOLDER, name), "utf8"))).toEqual([]);
});

test("a release is published only after it was signed with the owner's key", () => {
  const { jobs } = parse(readFileSync(join(FOLDER, "release.yml"), "utf8"));
  expect([jobs["publish"]?.needs, jobs["attest"]?.needs, jobs["sign"]?.needs]).toEqual(["attest", "sign", "build"]);
  expect(jobs["sign"]?.environment).toBe("release");
  expect(jobs["sign"]?.steps.some(({ run }) => run === "make sign")).toBe(true);
});

const PINNED = "0123456789012345678901234567890123456789";
const expression = (of: string) => `\${{ ${of} }}`;
const job = (text: string) =>
  `permissions: {}\njobs:\n  one:\n    permissions: { contents: read }\n    steps:\n${text}`;

test.each([
  ["an action by tag", job("      - uses: a/b@v1\n"), "a/b@v1"],
  ["an action by branch", job("      - uses: a/b/c@main\n"), "a/b/c@main"],
  ["a commit without its version", job(`      - uses: a/b@${PINNED}\n`), "which version"],
  ["an action of a container by tag", job("      - uses: docker://a:latest # v1.0.0\n"), "docker://a:latest"],
  ["rights for all jobs", job("").replace("{}", "{ contents: read }"), "permissions"],
  ["all rights", job("").replace("{ contents: read }", "write-all"), "permissions"],
  ["no rights stated for a job", job("").replace("    permissions: { contents: read }\n", ""), "permissions"],
  ["a right to write", job("      - run: echo\n").replace("contents: read", "contents: write"), "may write contents"],
  [
    "code of the repository beside a right to write",
    job("      - run: make\n").replace("contents: read", "issues: write"),
    "runs code",
  ],
  [
    "a secret beside a foreign command",
    job(`      - run: make\n        env: { A: '${expression("secrets.KEY")}' }\n`),
    "secret",
  ],
  ["credentials left in the clone", job(`      - uses: actions/checkout@${PINNED} # v1.0.0\n`), "persist-credentials"],
  ["text of a stranger in a command", job(`      - run: echo ${expression("github.head_ref")}\n`), "expression"],
])("%s is found", (_, text, fault) => {
  expect(findFaults("x.yml", text).join("\n")).toContain(fault);
});

function parse(text: string) {
  return v.parse(workflowSchema, Bun.YAML.parse(text));
}

/** What is wrong with a workflow, one sentence each. */
function findFaults(name: string, text: string): readonly string[] {
  const read = v.safeParse(workflowSchema, Bun.YAML.parse(text));
  if (!read.success) return read.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
  return Object.entries(read.output.jobs).flatMap(([id, { permissions, environment, steps }]) => {
    const writes = Object.keys(permissions).filter((right) => permissions[right] === "write");
    const allowed = WRITES[`${name} ${id}`] ?? [];
    const uses = steps.flatMap((step) => step.uses ?? []);
    const runsOwn = steps.some(({ run = "" }) => /\b(make|npm|bun|node|sh)\b/.test(run)) || uses.some(isCheckout);
    return [
      ...writes.filter((right) => !allowed.includes(right)).map((right) => `${id} may write ${right}`),
      ...(writes.length > 0 && runsOwn ? [`${id} may write, and runs code of the repository`] : []),
      ...uses
        .filter((action) => !/^[\w.-]+(?:\/[\w.-]+)+@[\da-f]{40}$/.test(action))
        .map((action) => `${action} can be moved`),
      ...uses.filter((action) => !text.includes(`${action} # v`)).map((action) => `${action}: which version is that?`),
      ...steps
        .filter((step) => isCheckout(step.uses ?? "") && step.with["persist-credentials"] !== false)
        .map(() => `${id}: persist-credentials is not false`),
      ...steps
        .filter(({ env }) => Object.values(env).some((value) => value.includes("secrets.")))
        .filter(({ run }) => environment === undefined || run !== "make sign")
        .map(({ run }) => `${id}: ${run} is given a secret`),
      ...steps
        .filter(({ run = "" }) => /\$\{\{/.test(run))
        .map(({ run }) => `${id}: an expression in the command ${run}`),
    ];
  });
}

function isCheckout(action: string): boolean {
  return action.startsWith("actions/checkout@");
}
