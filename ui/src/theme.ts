import { Badge, createTheme, Modal, type MantineColorsTuple } from '@mantine/core'

/** The one accent colour. Shade 6 carries white text at better than 5:1, shade 3 reads on the dark surfaces. */
const iris: MantineColorsTuple = [
  '#f1f0fe',
  '#e0dffa',
  '#c3c0f6',
  '#a9a5f3',
  '#8c87ec',
  '#726ce3',
  '#5a54d0',
  '#4a44b8',
  '#3c3799',
  '#2f2b78',
]

/** Greys of the dark theme, a little cool; the page's own surfaces are in `global.css`. */
const dark: MantineColorsTuple = [
  '#dadce3',
  '#b9bcc8',
  '#9599a8',
  '#6d7180',
  '#4a4d59',
  '#41434e',
  '#363842',
  '#2b2c33',
  '#23242a',
  '#1b1c21',
]

export const theme = createTheme({
  primaryColor: 'iris',
  primaryShade: { light: 6, dark: 6 },
  colors: { iris, dark },
  defaultRadius: 'md',
  fontFamily:
    '"gg sans", "Noto Sans", "Segoe UI", system-ui, -apple-system, "Helvetica Neue", "Liberation Sans", Arial, sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji"',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Badge: Badge.extend({ styles: { root: { textTransform: 'none' } } }),
    Modal: Modal.extend({ styles: { title: { fontWeight: 650, fontSize: '1.1rem' } } }),
  },
})
