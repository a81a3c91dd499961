// Runs before the page is drawn, so that a chosen scheme does not flash up in the other one.
{
  const chosen = localStorage.getItem('scheme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
}
