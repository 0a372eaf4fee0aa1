/** A refusal from the appliance, or no answer at all; `message` is a sentence for the owner. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly findings: Finding[] = [],
  ) {
    super(message)
  }
}

export interface Finding {
  severity: string
  code: string
  message: string
  path?: string | null
  line?: number | null
  hint?: string | null
}

const UNREACHABLE = 'Homemaid does not answer. Check that it is running; this page reconnects by itself.'

/** What openapi-fetch resolves to. */
interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** Returns the data, or throws a [`Problem`]. */
export async function unwrap<T>(asked: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>
  try {
    answer = await asked
  } catch {
    throw new Problem(UNREACHABLE, 'unreachable', 0)
  }
  if (answer.response.ok) return answer.data as T
  throw problemOf(answer.error, answer.response.status)
}

export function problemOf(body: unknown, status: number): Problem {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') {
    const { error, code, findings } = body as { error: string; code?: string; findings?: Finding[] }
    return new Problem(error, code ?? 'refused', status, findings ?? [])
  }
  return new Problem(`Homemaid answered with an error it did not explain (${status}).`, 'unknown', status)
}

/** The sentence to show for anything that was thrown. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.'
}
