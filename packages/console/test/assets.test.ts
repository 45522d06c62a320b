import { expect, test } from 'bun:test'
import { consoleAssets } from '../src/index.ts'

const page = String(consoleAssets[0]?.body)

test('the page comes first and is text, not the name of a file', () => {
  expect(consoleAssets[0]?.path).toBe('/index.html')
  expect(page).toStartWith('<!doctype html>')
})

test('everything the page loads is one of the assets', () => {
  const loaded = [...page.matchAll(/<(?:link|img|script)\b[^>]*\b(?:href|src)="([^"]*)"/g)].map(
    (match) => match[1],
  )
  const served = consoleAssets.map((asset) => `/console${asset.path}`)
  expect(loaded.length).toBeGreaterThan(0)
  for (const path of loaded) expect(served).toContain(path ?? '')
})

test("works under default-src 'self': no inline script or style and nothing from elsewhere", () => {
  expect(page).not.toMatch(/<script|<style|\sstyle=|\son\w+=|javascript:|(?:href|src)="https?:/)
  const style = String(consoleAssets.find((asset) => asset.path === '/console.css')?.body)
  expect(style).not.toMatch(/@import|url\(|:\s*expression/)
})
