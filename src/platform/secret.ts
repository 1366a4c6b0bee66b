/** A key, a password or a token: what is written of it to a log, an error or JSON by mistake shows nothing. */
export class Secret<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  reveal(): Value {
    return this.#value;
  }
}
