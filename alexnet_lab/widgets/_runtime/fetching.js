// Whatever a page fetches comes through here: what goes wrong is said in a sentence that a reader can
// act on, and nothing waits for ever.

const PATIENCE_MS = 20_000; // without a single byte

/** What a reader is told; the message is a whole sentence. */
export class Failure extends Error {}

/**
 * Fetch a file; its bytes.
 * @param {string | URL} url
 * @param {{ what: string, size?: number, tell?: (bytes: number) => void, signal?: AbortSignal,
 *   patience_ms?: number }} options `what` it is in a sentence ("the photograph"), its `size` where
 *   that is known; `tell` hears how many bytes have come.
 * @returns {Promise<Uint8Array>}
 */
export async function fetchBytes(
  url,
  { what, size, tell = () => {}, signal, patience_ms = PATIENCE_MS },
) {
  const failed = (/** @type {string} */ why) =>
    new Failure(`${capital(what)} could not be fetched: ${why}.`);
  const stalled = failed(`nothing has come for ${Math.round(patience_ms / 1000)} seconds`);
  const other = failed("something else came in its place");
  const ending = new AbortController();
  const stop = () => ending.abort(signal?.reason);
  signal?.addEventListener("abort", stop);
  let timer = setTimeout(() => ending.abort(stalled), patience_ms);
  try {
    signal?.throwIfAborted();
    const answer = await fetch(url, { signal: ending.signal });
    if (answer.status === 404) throw failed("this site does not have it (404)");
    if (!answer.ok) throw failed(`this site answered with an error (${answer.status})`);
    // A page in place of a file: a sign-in of the network, or a site that answers everything.
    if (answer.headers.get("content-type")?.startsWith("text/html")) throw other;
    const parts = [];
    let done = 0;
    if (!answer.body) throw other;
    for (const reader = answer.body.getReader(); ;) {
      const { done: ended, value } = await reader.read();
      if (ended) break;
      clearTimeout(timer);
      timer = setTimeout(() => ending.abort(stalled), patience_ms);
      parts.push(value);
      done += value.length;
      if (size !== undefined && done > size) throw other;
      tell(value.length);
    }
    if (size !== undefined && done !== size) throw failed("it came incomplete");
    return joined(parts, done);
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (ending.signal.aborted) throw ending.signal.reason;
    throw failed(
      navigator.onLine === false
        ? "this browser is offline"
        : "there is no connection to this site",
    );
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    ending.abort(); // a body that nobody reads any more
  }
}

/**
 * Fetch JSON.
 * @param {string | URL} url
 * @param {{ what: string, signal?: AbortSignal }} options as of `fetchBytes`
 */
export async function fetchJson(url, options) {
  const bytes = await fetchBytes(url, options);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new Failure(
      `${capital(options.what)} could not be read: something else came in its place.`,
    );
  }
}

/**
 * Wait for what the browser itself loads, a script or a style sheet.
 * @template T
 * @param {Promise<T>} coming
 * @param {string} what it is in a sentence
 * @returns {Promise<T>}
 */
export async function loaded(coming, what, patience_ms = PATIENCE_MS) {
  let timer;
  const late = new Promise((_, problem) => {
    const seconds = Math.round(patience_ms / 1000);
    const failure = new Failure(
      `${capital(what)} could not be loaded: nothing has come for ${seconds} seconds.`,
    );
    timer = setTimeout(() => problem(failure), patience_ms);
  });
  try {
    return await Promise.race([coming, late]);
  } catch (error) {
    if (error instanceof Failure) throw error;
    const offline = navigator.onLine === false;
    throw new Failure(
      `${capital(what)} could not be loaded${offline ? ": this browser is offline" : ""}.`,
    );
  } finally {
    clearTimeout(timer);
  }
}

/**
 * What to tell the reader of any error.
 * @param {unknown} error
 */
export function sentence(error) {
  const text = String(error instanceof Error ? error.message : error).trim();
  return capital(/[.?!]$/.test(text) ? text : `${text}.`);
}

/** @param {string} text */
function capital(text) {
  return text && text[0].toUpperCase() + text.slice(1);
}

/** @param {Uint8Array[]} parts @param {number} length */
function joined(parts, length) {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
