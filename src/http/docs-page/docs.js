// Runs in the browser: shows this server's OpenAPI document and sends the requests that its reader fills in. The token stays
// in the page's memory, and every string enters the page as text, never as HTML.
const api = await (await fetch('/openapi.json')).json();

const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, ...operation })),
);
const tags = [...new Set(operations.flatMap((operation) => operation.tags))];

/** An element; `on…` attributes are listeners. */
function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== ''));
  return made;
}

/** A listener that is given its element, the first time only. */
function once(act) {
  let isDone = false;
  return ({ currentTarget }) => {
    if (!isDone) act(currentTarget);
    isDone = true;
  };
}

function methodAndPath(method, path) {
  return [el('span', { class: `method ${method}` }, method), el('span', { class: 'path' }, path)];
}

/** A description: what stands between backticks is code. */
function prose(text = '') {
  return text.split('`').map((part, index) => (index % 2 === 1 ? el('code', {}, part) : part));
}

// ---- schemas ----

const referred = (schema) => schema.$ref?.split('/').at(-1);
const resolved = (schema) => (schema.$ref ? api.components.schemas[referred(schema)] : schema);
const variantsOf = (schema) => schema.anyOf ?? schema.oneOf ?? schema.allOf;

function typeOf(schema) {
  if (schema.$ref) return referred(schema);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (variantsOf(schema)) return [...new Set(variantsOf(schema).map(typeOf))].join(' | ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  return [schema.type ?? 'any JSON', schema.format && `(${schema.format})`].filter(Boolean).join(' ');
}

function boundsOf(schema) {
  const named = [
    ['default', schema.default],
    ['at least', schema.minimum],
    ['at most', schema.maximum === Number.MAX_SAFE_INTEGER ? undefined : schema.maximum],
    ['shortest', schema.minLength],
    ['longest', schema.maxLength],
    ['pattern', schema.pattern],
  ];
  return named
    .filter(([, value]) => value !== undefined && typeof value !== 'object')
    .map((pair) => pair.join(' '))
    .join(', ');
}

/** The objects inside a schema, each with the name to show for it. */
function objectsIn(schema) {
  const own = resolved(schema);
  if (own.properties) return [[typeOf(schema) === 'object' ? 'fields' : typeOf(schema), own]];
  if (own.items) return objectsIn(own.items);
  return (variantsOf(own) ?? []).flatMap(objectsIn);
}

/** Nested objects are rendered when the reader opens them. */
function nested(schema) {
  return objectsIn(schema).map(([name, object]) => {
    const kind = Object.values(object.properties).find((property) => property.const !== undefined)?.const;
    const fill = once((opened) => opened.append(el('div', {}, fields(object))));
    return el('details', { class: 'schema', ontoggle: fill }, el('summary', {}, kind ?? name));
  });
}

function row(name, isRequired, schema, description) {
  return el(
    'tr',
    {},
    el('td', {}, el('code', { class: isRequired ? 'required' : '' }, name)),
    el(
      'td',
      {},
      el('div', { class: 'type' }, typeOf(schema)),
      el('div', {}, prose(description ?? schema.description)),
      el('div', { class: 'quiet' }, boundsOf(schema)),
      nested(schema),
    ),
  );
}

function fields({ properties, required = [] }) {
  const rows = Object.entries(properties).map(([name, schema]) => row(name, required.includes(name), schema));
  return el('table', {}, rows);
}

function contentView(content = {}) {
  return Object.entries(content).map(([type, { schema }]) => {
    const [object] = schema ? objectsIn(schema) : [];
    if (!object) return el('p', { class: 'quiet' }, type);
    return schema.$ref || variantsOf(schema) ? nested(schema) : fields(object[1]);
  });
}

// ---- one operation ----

const token = el('input', { type: 'password', autocomplete: 'off' });

function operationView(operation) {
  const { path, method, summary, operationId } = operation;
  const fill = once((opened) => opened.append(operationBody(operation)));
  return el(
    'details',
    { class: 'operation', id: operationId, ontoggle: fill },
    el('summary', {}, methodAndPath(method, path), el('span', {}, summary)),
  );
}

function operationBody(operation) {
  const { description, parameters = [], requestBody, responses } = operation;
  const taken = parameters.map(({ name, required, schema, description: about = '', in: place }) =>
    row(name, required === true, schema, `${about} (${place})`),
  );
  const answers = Object.entries(responses).map(([status, { description: about, content }]) =>
    el(
      'tr',
      {},
      el('td', {}, el('code', {}, status)),
      el('td', {}, prose(about), status < 400 ? contentView(content) : []),
    ),
  );
  return el(
    'div',
    {},
    el('p', {}, prose(description)),
    taken.length > 0 ? [el('h4', {}, 'Parameters'), el('table', {}, taken)] : [],
    requestBody ? [el('h4', {}, 'Body'), contentView(requestBody.content)] : [],
    el('h4', {}, 'Answers'),
    el('table', {}, answers),
    el('h4', {}, 'Try it'),
    trial(operation),
  );
}

/** A form that sends the request and shows the answer. */
function trial({ path, method, parameters = [], requestBody }) {
  const inputs = parameters.map(({ name, schema, in: place }) => ({
    name,
    place,
    input: el('input', { placeholder: String(schema.default ?? ''), required: place === 'path' }),
  }));
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {});
  const isJson = type === 'application/json';
  const body = el(isJson ? 'textarea' : 'input', isJson ? { spellcheck: 'false' } : { type: 'file' });
  if (isJson) body.value = JSON.stringify(exampleOf(media.schema), null, 2);
  const output = el('div', { role: 'status' });
  const valuesIn = (where) =>
    inputs.flatMap(({ name, place, input }) => (place === where && input.value ? [[name, input.value]] : []));
  let leaving = new AbortController();
  const send = async (event) => {
    event.preventDefault();
    leaving.abort();
    leaving = new AbortController();
    const query = new URLSearchParams(valuesIn('query'));
    const inPath = Object.fromEntries(valuesIn('path'));
    const url = path.replaceAll(/{(\w+)}/g, (_, name) => encodeURIComponent(inPath[name]));
    const headers = Object.fromEntries(valuesIn('header'));
    if (token.value !== '') headers.authorization = `Bearer ${token.value}`;
    if (type) headers['content-type'] = type;
    const request = { method: method.toUpperCase(), headers, signal: leaving.signal };
    if (type) request.body = isJson ? body.value : body.files[0];
    try {
      await show(await fetch(query.size > 0 ? `${url}?${query}` : url, request), output);
    } catch (error) {
      if (error.name !== 'AbortError') output.replaceChildren(el('pre', {}, String(error)));
    }
  };
  return el(
    'form',
    { onsubmit: send },
    inputs.map(({ name, input }) => el('label', {}, name, input)),
    type ? el('label', {}, isJson ? 'JSON' : type, body) : [],
    el('button', {}, 'Send'),
    output,
  );
}

function exampleOf(schema) {
  const own = resolved(schema);
  if (own.examples) return own.examples[0];
  const required = Object.entries(own.properties ?? {}).filter(([name]) => own.required?.includes(name));
  return Object.fromEntries(required.map(([name, property]) => [name, property.examples?.[0] ?? '']));
}

/** Events appear as they arrive, and audio can be played. */
async function show(answer, output) {
  const type = answer.headers.get('content-type') ?? '';
  const text = el('pre', {});
  output.replaceChildren(el('p', {}, `${answer.status} ${answer.statusText} ${type}`), text);
  if (type.startsWith('audio/'))
    return output.append(el('audio', { controls: true, src: URL.createObjectURL(await answer.blob()) }));
  if (type.startsWith('application/json')) return text.append(JSON.stringify(await answer.json(), null, 2));
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read())
    text.append(part.value);
}

// ---- the page ----

const groups = tags.map((tag) => [tag, operations.filter((operation) => operation.tags.includes(tag))]);
document.body.replaceChildren(
  el(
    'nav',
    { 'aria-label': 'Operations' },
    el('strong', {}, api.info.title),
    groups.map(([tag, group]) => [
      el('h2', {}, tag),
      group.map(({ method, path, operationId }) =>
        el('a', { href: `#${operationId}` }, methodAndPath(method, path)),
      ),
    ]),
  ),
  el(
    'main',
    {},
    el('h1', {}, `${api.info.title} API`),
    el('p', {}, api.info.description),
    el('p', {}, el('a', { href: '/openapi.json' }, 'The OpenAPI document')),
    el('label', { class: 'panel' }, 'Token for Try it', token),
    groups.map(([tag, group]) => [el('h2', {}, tag), group.map(operationView)]),
  ),
);

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (!target) return;
  target.open = true;
  target.scrollIntoView();
}
window.addEventListener('hashchange', openTarget);
openTarget();
