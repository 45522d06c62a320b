import { beforeAll, expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { type ConsoleAsset, loadConsoleAssets } from '../src/index.ts'
import { buildConsole, builtFiles, SCRIPT_LIMIT } from '../src/serving/build.ts'

let assets: readonly ConsoleAsset[]
let page: string

beforeAll(async () => {
  assets = await loadConsoleAssets()
  page = text(assets[0])
})

function text(asset: ConsoleAsset | undefined): string {
  const body = asset?.body ?? ''
  return typeof body === 'string' ? body : new TextDecoder().decode(body)
}

test('the page comes first', () => {
  expect(assets[0]?.path).toBe('/index.html')
  expect(page).toStartWith('<!doctype html>')
})

test('everything the page loads is one of the assets', () => {
  const loaded = [...page.matchAll(/<(?:link|img|script)\b[^>]*\b(?:href|src)="([^"]*)"/g)].map(
    (match) => match[1] ?? '',
  )
  const served = assets.map((asset) => `/console${asset.path}`)
  expect(loaded.length).toBeGreaterThan(2)
  for (const path of loaded) expect(served).toContain(path)
})

test("works under script-src and style-src 'self': nothing inline and nothing from elsewhere", () => {
  expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|(?:href|src)="https?:/)
  expect(page).not.toMatch(/<script(?![^>]*\ssrc=)/)
  for (const asset of assets.filter(({ path }) => path.endsWith('.css'))) {
    expect(text(asset)).not.toMatch(/@import|url\(["']?(?!data:|\/console\/)/)
  }
})

test('what a browser may keep for ever has a hash in its name, and the page has none', () => {
  for (const { path, immutable } of assets) expect(immutable).toBe(/-[0-9a-z]{8}\.\w+$/.test(path))
})

test('the JavaScript stays under its limit', async () => {
  const files = await builtFiles(await buildConsole())
  const script = files.filter(({ path }) => path.endsWith('.js')).reduce((sum, { gzip }) => sum + gzip, 0)
  process.stdout.write(`JavaScript of the console: ${script} of at most ${SCRIPT_LIMIT} bytes with gzip\n`)
  expect(script).toBeGreaterThan(0)
  expect(script).toBeLessThanOrEqual(SCRIPT_LIMIT)
})

test('two processes that build at once end with the same console', async () => {
  const folder = await buildConsole()
  await rm(folder, { recursive: true })
  expect(await Promise.all([buildConsole(), buildConsole()])).toEqual([folder, folder])
  expect((await builtFiles(folder))[0]?.path).toBe('/index.html')
})
