// Runs in the browser: shows the document of this very server. The token that is typed in stays in the page's memory.
window.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  validatorUrl: null,
  persistAuthorization: false,
  displayRequestDuration: true,
});
