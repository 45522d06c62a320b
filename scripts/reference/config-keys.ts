import { anchorOf } from '../docs/markdown.ts'
import { alternativesOf, isTagged, type JsonSchema, objectsOf } from './json-schema.ts'
import { code, NOTHING, table } from './table.ts'
import { allowedWords, tagOf, typeWords } from './value-words.ts'

/** Where a group of keys was described first, by its keys; shared by all files of a page. */
export type Described = Map<string, { label: string; anchor: string }>

/** A kind of file as the page calls it, and the schema that validates it. */
export interface ConfigFile {
  readonly name: string
  readonly schema: JsonSchema
}

interface Section {
  readonly heading: string
  readonly depth: number
  readonly rows: string[][]
}

/** A group of keys and where it stands in its file. */
interface Place {
  readonly path: string
  readonly schema: JsonSchema
}

/** What is known while the keys below one place are described. */
interface Walk {
  readonly file: string
  readonly described: Described
  readonly sections: Section[]
}

const HEAD = ['key', 'type', 'default', 'allowed', 'meaning']

/**
 * Every key of a file as Markdown: a table of the keys at the top, then a section for each key that is a
 * group. A group that stands on the page already is linked instead of repeated.
 */
export function configKeys({ name, schema }: ConfigFile, described: Described): string {
  const walk: Walk = { file: name, described, sections: [] }
  const top: Section = { heading: '', depth: 0, rows: [] }
  walk.sections.push(top)
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const link = linkOf(value, walk)
    top.rows.push(row(key, value, { parent: schema, link }))
    if (link === undefined && objectsOf(value).length > 0)
      addSection({ path: pathOf('', key, value), schema: value }, walk)
  }
  return walk.sections.map(render).join('\n\n')
}

function render({ heading, depth, rows }: Section): string {
  const keys = rows.length === 0 ? [] : [table(HEAD, rows)]
  return [...(heading === '' ? [] : [`${'#'.repeat(depth)} ${heading}`]), ...keys].join('\n\n')
}

function addSection({ path, schema }: Place, walk: Walk): void {
  const section: Section = { heading: `${walk.file}: ${code(path)}`, depth: 3, rows: [] }
  walk.sections.push(section)
  remember({ path, schema }, section, walk)
  const union = schema.items ?? schema
  if (isTagged(union)) return addKinds({ path, schema: union }, section, walk)
  const later: Place[] = []
  const addRows = (object: JsonSchema, prefix: string): void => {
    for (const [key, value] of Object.entries(object.properties ?? {})) {
      const link = linkOf(value, walk)
      section.rows.push(row(`${prefix}${key}`, value, { parent: object, link }))
      if (link !== undefined || objectsOf(value).length === 0) continue
      const below = { path: pathOf(`${path}.${prefix}`, key, value), schema: value }
      if (isTagged(value) || value.items !== undefined) later.push(below)
      else {
        remember(below, section, walk)
        for (const inner of objectsOf(value)) addRows(inner, `${prefix}${key}.`)
      }
    }
  }
  for (const object of objectsOf(schema)) addRows(object, '')
  for (const place of later) addSection(place, walk)
}

/** A union by `kind`: one section for each of them. */
function addKinds({ path, schema }: Place, section: Section, walk: Walk): void {
  section.rows.push([code('kind'), 'text', 'required', allowedWords(schema), 'Which of the kinds below.'])
  for (const kind of alternativesOf(schema) ?? []) {
    const rows = Object.entries(kind.properties ?? {})
      .filter(([key]) => key !== 'kind')
      .map(([key, value]) => row(key, value, { parent: kind, link: undefined }))
    const heading = `${walk.file}: ${code(path)} of kind ${code(tagOf(kind))}`
    walk.sections.push({ heading, depth: section.depth + 1, rows })
  }
}

function pathOf(prefix: string, key: string, schema: JsonSchema): string {
  return `${prefix}${key}${schema.items === undefined ? '' : '[]'}`
}

/** Groups of one key are shorter than a link to another place. */
function fingerprint(schema: JsonSchema): string | undefined {
  const keys = objectsOf(schema).map(({ properties, required }) => ({ properties, required }))
  const count = keys.reduce((sum, { properties = {} }) => sum + Object.keys(properties).length, 0)
  return count > 1 ? JSON.stringify(keys) : undefined
}

function remember({ path, schema }: Place, { heading }: Section, walk: Walk): void {
  const print = fingerprint(schema)
  if (print === undefined || walk.described.has(print)) return
  walk.described.set(print, { label: `${walk.file}: ${code(path)}`, anchor: anchorOf(heading) })
}

function linkOf(schema: JsonSchema, { described }: Walk): string | undefined {
  const known = described.get(fingerprint(schema) ?? '')
  return known && `The keys are those of [${known.label}](#${known.anchor}).`
}

function row(key: string, schema: JsonSchema, place: { parent: JsonSchema; link: string | undefined }) {
  const meaning = [schema.description, place.link].filter((text) => text !== undefined).join(' ')
  if (meaning === '') throw new Error(`the key ${key} has no description`)
  return [
    code(key),
    typeWords(schema),
    place.parent.required?.includes(key.split('.').at(-1) ?? '') ? 'required' : defaultWords(schema.default),
    allowedWords(schema) || NOTHING,
    meaning,
  ]
}

function defaultWords(value: unknown): string {
  if (value === undefined) return NOTHING
  const json = JSON.stringify(value)
  if (json === '{}') return NOTHING
  if (json === '[]') return 'empty'
  return code(typeof value === 'object' ? json.replace(/"(\w+)":/g, '$1: ') : value)
}
