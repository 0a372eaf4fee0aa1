/** The mark: a house with its heart in the right place. */
export function Brand({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="9" fill="#5a54d0" />
      <g fill="none" stroke="#fff" strokeWidth="2.6" strokeLinecap="round" strokeLinejoin="round">
        <path d="M6.5 15.2 16 7l9.5 8.2" />
        <path d="M9.3 15.6v8.1c0 .9.7 1.6 1.6 1.6h10.2c.9 0 1.6-.7 1.6-1.6v-8.1" />
      </g>
      <path
        d="M16 22.2c-2.4-1.6-3.5-2.8-3.5-4.2 0-1.1.9-1.9 1.8-1.9.7 0 1.3.4 1.7 1 .4-.6 1-1 1.7-1 .9 0 1.8.8 1.8 1.9 0 1.4-1.1 2.6-3.5 4.2Z"
        fill="#ffc2d6"
      />
    </svg>
  )
}
