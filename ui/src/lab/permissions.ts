/** The permissions a role of the lab can be given here, in words; a role keeps whatever others it has. */

export interface PermissionChoice {
  bit: bigint
  label: string
}

export const CHOICES: readonly PermissionChoice[] = [
  { bit: 1n << 3n, label: 'Administrator (everything)' },
  { bit: 1n << 5n, label: 'Manage the server' },
  { bit: 1n << 4n, label: 'Manage channels' },
  { bit: 1n << 28n, label: 'Manage roles' },
  { bit: 1n << 13n, label: 'Manage messages' },
  { bit: 1n << 40n, label: 'Time members out' },
  { bit: 1n << 1n, label: 'Kick members' },
  { bit: 1n << 2n, label: 'Ban members' },
  { bit: 1n << 17n, label: 'Mention everyone' },
]

/** Returns the decimal string with exactly these of the choices set and everything else as it was. */
export function withChoices(before: string, chosen: ReadonlySet<bigint>): string {
  let bits = BigInt(before || '0')
  for (const { bit } of CHOICES) bits = chosen.has(bit) ? bits | bit : bits & ~bit
  return bits.toString()
}

/** Returns which of the choices a decimal string has. */
export function chosenOf(permissions: string | undefined): ReadonlySet<bigint> {
  const bits = BigInt(permissions || '0')
  return new Set(CHOICES.filter(({ bit }) => (bits & bit) !== 0n).map(({ bit }) => bit))
}
