import { join } from 'node:path'

export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** A colour in linear light, each part from 0 to 1. */
type Linear = readonly [red: number, green: number, blue: number]

/** A colour of the design, as its style sheet says it. */
export class Colour {
  readonly #lightness: number
  readonly #chroma: number
  readonly #hue: number

  constructor(lightness: number, chroma: number, hue: number) {
    this.#lightness = lightness
    this.#chroma = chroma
    this.#hue = hue
  }

  /** The same lightness and chroma in another hue. */
  atHue(hue: number): Colour {
    return new Colour(this.#lightness, this.#chroma, hue)
  }

  /** In Oklab: lightness and the two axes. */
  get lab(): readonly [number, number, number] {
    const angle = (this.#hue * Math.PI) / 180
    return [this.#lightness, this.#chroma * Math.cos(angle), this.#chroma * Math.sin(angle)]
  }

  static fromLab([lightness, a, b]: readonly [number, number, number]): Colour {
    return new Colour(lightness, Math.hypot(a, b), (Math.atan2(b, a) * 180) / Math.PI)
  }
}

/** `share` of the first colour in the second, as `color-mix(in oklab, …)` mixes. */
export function mixed(first: Colour, second: Colour, share: number): Colour {
  const mix = (axis: 0 | 1 | 2) => first.lab[axis] * share + second.lab[axis] * (1 - share)
  return Colour.fromLab([mix(0), mix(1), mix(2)])
}

/** Contrast ratio of two colours by WCAG 2.2, after clipping them to what a screen shows. */
export function contrast(left: Colour, right: Colour): number {
  const [a, b] = [luminance(left), luminance(right)]
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
}

function luminance(colour: Colour): number {
  const [red, green, blue] = linear(colour)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Oklab to linear sRGB, with the matrices of its definition. */
function linear({ lab: [lightness, a, b] }: Colour): Linear {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  const clip = (value: number) => Math.min(1, Math.max(0, value))
  return [
    clip(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    clip(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    clip(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

/** The colours of `tokens.css` by name, in both themes. A hue that the element sets is 0. */
export async function tokens(): Promise<Map<string, Record<Theme, Colour>>> {
  const css = await Bun.file(join(import.meta.dirname, '../../src/design/tokens.css')).text()
  const found = new Map<string, Record<Theme, Colour>>()
  for (const [, name = '', light = '', dark = ''] of css.matchAll(TOKEN)) {
    found.set(name, { light: colour(light), dark: colour(dark) })
  }
  return found
}

const TOKEN = /--([\w-]+): light-dark\(oklch\(([^/]*?)\), oklch\(([^/]*?)\)\);/g

function colour(text: string): Colour {
  const [lightness, chroma, hue] = text.split(' ')
  return new Colour(Number(lightness), Number(chroma), hue?.startsWith('var') ? 0 : Number(hue))
}
