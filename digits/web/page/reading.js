// Asks the recognizer: one request at a time, the newest drawing next, and again while it does not answer.

const PATIENCE = 20_000; // milliseconds for an answer; the server takes uploads for ten seconds
const PAUSE = 2_000; // milliseconds until it is asked again

export class Away extends Error {}

/** The answer of the server to a POST of the file `body`. Throws Away if there is none, or an Error that says why not. */
export async function send(address, body, { signal, patience = PATIENCE } = {}) {
  const response = await post(address, body, signal, patience);
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const content = isJson ? await response.json() : { detail: await response.text() };
  if (response.ok) return content;
  const reason = typeof content.detail === "string" ? content.detail : response.statusText;
  throw response.status === 503 ? new Away(reason) : new Error(reason);
}

async function post(address, body, signal, patience) {
  const headers = { "Content-Type": body.type.startsWith("image/") ? body.type : "application/octet-stream" };
  let timer;
  const late = new Promise((_, refuse) => (timer = setTimeout(refuse, patience)));
  try {
    return await Promise.race([fetch(address, { method: "POST", body, headers, signal }), late]);
  } catch {
    throw new Away("The recognizer does not answer. Is it still running, and is this device in its network?");
  } finally {
    clearTimeout(timer);
  }
}

export class Reader {
  /** `question()` is { body, several, drawn } or null; `tell` gets it with { digits, try_many, error, milliseconds }. */
  constructor(question, tell) {
    Object.assign(this, { question, tell, asking: false, outdated: false });
  }

  /** Read the newest. If it `replaced` what is being read now, that is not waited for and never told. */
  async ask(replaced) {
    if (replaced) this.request?.abort();
    this.outdated = true;
    clearTimeout(this.later);
    if (this.asking) return;
    this.asking = true;
    while (this.outdated) {
      this.outdated = false;
      this.request = new AbortController();
      const answer = await this.read(this.request.signal);
      if (!this.request.signal.aborted) this.tell(answer);
      if (answer.error instanceof Away && !this.outdated) this.later = setTimeout(() => this.ask(false), PAUSE);
    }
    this.asking = false;
  }

  async read(signal) {
    const start = performance.now();
    const question = this.question();
    if (!question) return { digits: null };
    const answer = { ...question, digits: null };
    try {
      answer.body = await question.body;
      Object.assign(answer, await send(`/api/read?many=${question.several}`, answer.body, { signal }));
    } catch (error) {
      answer.error = error;
    }
    return { ...answer, milliseconds: performance.now() - start };
  }
}
