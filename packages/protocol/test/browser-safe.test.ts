import { describe, expect, test } from 'bun:test'
import { Glob } from 'bun'
import { join } from 'node:path'

const src = join(import.meta.dir, '..', 'src')

/** Every import of a source file, by what it names. */
function importsOf(path: string): Promise<string[]> {
  return Bun.file(path)
    .text()
    .then((source) => new Bun.Transpiler({ loader: 'ts' }).scanImports(source).map((found) => found.path))
}

describe('the package', () => {
  test('imports nothing but zod and itself', async () => {
    const outside = new Set<string>()
    for (const name of new Glob('**/*.ts').scanSync(src)) {
      for (const path of await importsOf(join(src, name))) if (!path.startsWith('./')) outside.add(path)
    }
    expect([...outside]).toEqual(['zod'])
  })

  test('becomes a browser bundle that uses no global of a server', async () => {
    const built = await Bun.build({
      entrypoints: [join(src, 'index.ts')],
      target: 'browser',
      format: 'esm',
      external: ['zod'],
      conditions: ['bun'],
    })
    expect(built.success).toBe(true)
    const code = await (built.outputs[0] as Blob).text()
    const globals = /\b(?:Bun|Deno|process|Buffer|require|setImmediate|console|globalThis|window)\s*[.[(]/g
    expect(code.match(globals)).toBeNull()
    expect(code).not.toMatch(/\b(?:node|bun):/)
    expect(code).toContain('"zod"')
  })

  test('exports every module', async () => {
    const index = await Bun.file(join(src, 'index.ts')).text()
    const inside = new Set(['index.ts', 'hex.ts', 'json.ts', 'name-characters.ts', 'wake-format.ts'])
    for (const name of new Glob('*.ts').scanSync(src)) {
      if (!inside.has(name)) expect(index).toContain(`'./${name}'`)
    }
  })
})
