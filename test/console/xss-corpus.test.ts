import { expect, test } from 'bun:test'
import { partsWith, XSS_HOST, XSS_PAYLOADS } from './xss-corpus.ts'

test('there are 200 payloads, each different and each with an id of its own', () => {
  expect(XSS_PAYLOADS.length).toBe(200)
  expect(new Set(XSS_PAYLOADS.map(({ id }) => id)).size).toBe(200)
  expect(new Set(XSS_PAYLOADS.map(({ text }) => text)).size).toBe(200)
})

test('a payload stands in every field of the parts', () => {
  const parts = partsWith('<x>')
  for (const field of ['text', 'filename', 'media_type'] as const) {
    expect(parts.some((part) => part[field] === '<x>')).toBe(true)
  }
  expect(
    parts
      .map(({ kind }) => kind)
      .sort()
      .join(),
  ).toBe('audio,data,file,image,text,text,url')
  expect(parts.find(({ kind }) => kind === 'data')?.data).toHaveProperty('<x>', '<x>')
  expect(parts.find(({ kind }) => kind === 'url')?.url).toBe(`https://${XSS_HOST}/?q=%3Cx%3E`)
})
