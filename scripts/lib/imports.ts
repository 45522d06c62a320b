import { Transpiler } from 'bun'

// As in tsconfig.json: an import that only names types is still an import.
const tsconfig = JSON.stringify({ compilerOptions: { verbatimModuleSyntax: true } })
const transpilers = {
  ts: new Transpiler({ loader: 'ts', tsconfig }),
  tsx: new Transpiler({ loader: 'tsx', tsconfig }),
}

/**
 * Every module that a source file names: imports, type imports, exports from, dynamic imports, `require`
 * and `import('x')` in a type. Comments, strings and regular expressions do not count. Throws when the file
 * cannot be parsed.
 */
export function importsOf(source: string, path: string): string[] {
  const transpiler = path.endsWith('x') ? transpilers.tsx : transpilers.ts
  // The scanner passes over type imports, and a direction holds for types too: they are made plain first.
  const plain = source
    .replace(/\bimport\s+type\s+(?=[{*\w])/g, 'import ')
    .replace(/\bexport\s+type\s+(?=[{*])/g, 'export ')
    .replace(/\b(?:import|export)\s*(?:[\w$]+\s*,\s*)?\{[^}]*\}\s*from\b/g, (statement) =>
      statement.replace(/\btype\s+(?=\w)/g, ''),
    )
  const found = new Set(transpiler.scanImports(plain).map((entry) => entry.path))
  for (const match of source.matchAll(/[:<|&=(]\s*(?:typeof\s+)?import\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    if (match[1] !== undefined) found.add(match[1])
  }
  return [...found]
}

/** The program without its comments and types, for looking at what it does. */
export function codeOf(source: string, path: string): string {
  return (path.endsWith('x') ? transpilers.tsx : transpilers.ts).transformSync(source)
}
