import * as v from "valibot";
import { answerError, answerJson, refuseMethod } from "./api-answers.ts";
import { removalRequestSchema, type TokenRequest, tokenRequestSchema } from "./api-schemas.ts";
import { readBody } from "./read-body.ts";
import { TokenError, type TokenRegistry } from "./tokens.ts";

/**
 * Creates and removes tokens; reference page linksocks.md sections 6.3 and 6.4.
 * @param named the token that the path names; empty where it names none.
 */
export async function answerTokenRequest(request: Request, named: string, tokens: TokenRegistry): Promise<Response> {
  if (request.method === "DELETE") return await remove(request, named, tokens);
  if (request.method !== "POST" || named !== "") return refuseMethod(named === "" ? "POST, DELETE" : "DELETE");
  const body = await readBody(request);
  if (body === undefined) return tooLarge();
  const wanted = v.safeParse(v.pipe(v.string(), v.parseJson(), tokenRequestSchema), body);
  return wanted.success ? create(wanted.output, tokens) : unreadable();
}

function create(wanted: TokenRequest, tokens: TokenRegistry): Response {
  const { type, token, port, username, password, reverse_token: reverseToken } = wanted;
  try {
    switch (type) {
      case "forward":
        return succeed({ token: tokens.addForward(token).text });
      case "reverse": {
        const autonomy = wanted.allow_manage_connector;
        const added = tokens.addReverse({ token, port, username, password, autonomy });
        return succeed({ token: added.text, port: added.port });
      }
      case "connector":
        if (reverseToken === "") return answerError("reverse_token is required for connector token");
        return succeed({ token: tokens.addConnector(token, reverseToken).text });
      default:
        return answerError("invalid token type", 400);
    }
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return answerError(error.message);
  }
}

async function remove(request: Request, named: string, tokens: TokenRegistry): Promise<Response> {
  const token = named === "" ? await readNamed(request) : named;
  if (token instanceof Response) return token;
  if (token === "") return answerError("token not specified");
  return tokens.remove(token) ? succeed({ token }) : answerError("token not found");
}

async function readNamed(request: Request): Promise<string | Response> {
  const body = await readBody(request);
  if (body === undefined) return tooLarge();
  if (body === "") return "";
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), removalRequestSchema), body);
  return parsed.success ? parsed.output.token : unreadable();
}

function succeed(members: object): Response {
  return answerJson({ success: true, ...members });
}

function unreadable(): Response {
  return answerError("invalid request body", 400);
}

function tooLarge(): Response {
  return answerError("request body too large", 413);
}
