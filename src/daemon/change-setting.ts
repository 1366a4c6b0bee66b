import { type Document, isMap, isScalar, type Node, parseDocument, YAMLMap } from "yaml";
import { Failure } from "../platform/failure.ts";
import { tunnelNameOf } from "../tunnels/config/store/names.ts";

/** What stands behind a key of config.yaml. */
export type SettingValue = boolean | number | string | readonly string[];

/**
 * Changes what config.yaml says of one tunnel. Comments and the order of everything else stay; blanks that align it may not.
 * @param tunnel without suffix; the file may have it.
 * @param value undefined takes the key out, so that its default holds.
 * @returns the new text. @throws Failure `settings-invalid` for a file that is not YAML, or has something else in that place.
 */
export function changeTunnelSetting(
  text: string,
  tunnel: string,
  key: string,
  value: SettingValue | undefined,
): string {
  const file: Document = parseDocument(text);
  const [fault] = file.errors;
  if (fault !== undefined) throw notChanged(`it is not valid YAML: ${fault.message}`);
  file.contents ??= new YAMLMap();
  const tunnels = openMap(file.contents, "tunnels", new YAMLMap());
  const written = tunnels.items.map((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key));
  const fresh = new YAMLMap();
  fresh.flow = true;
  const own = openMap(tunnels, written.find((name) => tunnelNameOf(name) === tunnel) ?? tunnel, fresh);
  if (value === undefined) own.delete(key);
  else own.set(key, Array.isArray(value) ? file.createNode(value, { flow: true }) : value);
  return file.toString({ lineWidth: 0 });
}

/** The map under a key; where there is none, `fresh` is put there. */
function openMap(parent: Node, key: string, fresh: YAMLMap): YAMLMap {
  if (!isMap(parent)) throw notChanged("it does not hold sections");
  const found = parent.get(key, true);
  if (isMap(found)) return found;
  if (found !== undefined && !(isScalar(found) && found.value === null)) throw notChanged(`${key} holds no keys`);
  parent.set(key, fresh);
  return fresh;
}

function notChanged(why: string): Failure {
  return new Failure("settings-invalid", `config.yaml cannot be changed: ${why}`, {
    hint: "wpdaemon settings check tells more",
  });
}
