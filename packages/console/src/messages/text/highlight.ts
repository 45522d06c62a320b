import bash from 'highlight.js/lib/languages/bash'
import diff from 'highlight.js/lib/languages/diff'
import go from 'highlight.js/lib/languages/go'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import typescript from 'highlight.js/lib/languages/typescript'
import xml from 'highlight.js/lib/languages/xml'
import yaml from 'highlight.js/lib/languages/yaml'
import { createLowlight } from 'lowlight'

/** What agents write most, chosen for few bytes: this chunk is 17 kB with gzip. */
const lowlight = createLowlight({ bash, diff, go, json, python, rust, typescript, xml, yaml })
lowlight.registerAlias({ typescript: ['javascript', 'js', 'jsx', 'mjs', 'cjs'], bash: ['shell', 'console'] })

/** A piece of highlighted code: a text, or an element that holds pieces. */
export type HighlightedNode = ReturnType<typeof lowlight.highlight>['children'][number]

/** The nodes of highlighted code, with class names only; undefined for a language that is not known. */
export function highlight(code: string, language: string): readonly HighlightedNode[] | undefined {
  return lowlight.registered(language) ? lowlight.highlight(language, code).children : undefined
}
