// Loaded by components/chart.html after uPlot. [data-chart] draws the loss curve from data-url, {"points": [[step, loss, rate], …], "done": bool}, until it is done.
const POLL_MS = 2000;
const WAIT_MOST_MS = 30000;
const WHOLE = [0, 1, 2, 3, 4, 5].flatMap((zeros) => [1, 2, 5].map((digit) => digit * 10 ** zeros)); // there is no half a step

const colour = (element, property) => getComputedStyle(element)[property];

function options(figure, plot) {
  const { step, loss, rate } = figure.dataset;
  const ink = colour(figure.querySelector("[data-chart-latest]"), "color");
  const wide = plot.clientWidth >= 480;
  const axis = { stroke: ink, ticks: { show: false }, grid: { stroke: colour(plot, "borderTopColor"), width: 1 } };
  return {
    width: plot.clientWidth,
    height: wide ? 320 : 240,
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: step, incrs: WHOLE, size: 28, labelSize: 20, grid: { show: false } },
      { ...axis, label: wide ? loss : null, labelSize: 24 },
      { ...axis, scale: "rate", side: 1, grid: { show: false }, size: 64, show: wide,
        values: (_, ticks) => ticks.map((tick) => tick && tick.toExponential(1)) },
    ],
    series: [
      { label: step, value: (_, v) => v ?? "–" },
      { label: loss, stroke: colour(plot, "color"), width: 2, points: { show: false }, value: (_, v) => v?.toFixed(4) ?? "–" },
      { label: rate, scale: "rate", stroke: ink, width: 1, dash: [4, 4], points: { show: false }, value: (_, v) => v?.toExponential(2) ?? "–" },
    ],
  };
}

function chart(figure) {
  const plot = figure.querySelector("[data-chart-plot]");
  let drawing, columns, width;

  const redraw = () => {
    if (!columns) return;
    drawing?.destroy();
    plot.replaceChildren();
    drawing = new uPlot(options(figure, plot), columns, plot);
  };
  const show = (points) => {
    if (!points.length) return;
    const [step, loss] = points.at(-1);
    const latest = `${figure.dataset.loss} ${loss.toFixed(3)} · ${figure.dataset.step} ${step}`;
    figure.querySelector("[data-chart-latest]").textContent = latest;
    plot.ariaLabel = latest;
    columns = [0, 1, 2].map((column) => points.map((point) => point[column]));
    if (drawing) drawing.setData(columns);
    else redraw();
  };
  const poll = async (wait) => {
    if (!figure.isConnected) return;
    const answer = await fetch(figure.dataset.url).then((response) => response.json()).catch(() => null);
    if (answer) show(answer.points);
    if (!answer?.done) setTimeout(poll, wait, answer ? POLL_MS : Math.min(wait * 2, WAIT_MOST_MS));
  };

  const resized = () => {
    if (plot.clientWidth === width) return;
    width = plot.clientWidth;
    redraw();
  };

  new ResizeObserver(resized).observe(plot);
  document.addEventListener("flock:theme", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  poll(POLL_MS);
}

document.querySelectorAll("[data-chart]").forEach(chart);
