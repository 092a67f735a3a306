// Draws <div data-chart='{"...": ...}'> with ECharts as SVG. The option names roles ("missing", "wait", "ok",
// "other"), never colours; a pattern is added, and the table beside the chart says the same in figures.

const ROLES = { missing: "red", wait: "amber", ok: "green", other: "blue" };
const LEGEND = { left: 0, top: 0, icon: "roundRect", itemWidth: 10, itemHeight: 10 };
const charts = new Map();

function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--peg-${name}`).trim();
}

function withColours(option) {
  const text = token("muted");
  const line = token("border");
  const axis = (given) => given && {
    axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, splitLine: { lineStyle: { color: line } },
    ...given, axisLabel: { color: text, ...given.axisLabel },
  };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    textStyle: { fontFamily: token("sans"), color: text },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", backgroundColor: token("tip"), borderWidth: 0, textStyle: { color: token("on-tip"), fontSize: 12 } },
    animationDuration: 300,
    ...option,
    legend: { ...LEGEND, textStyle: { color: text }, ...option.legend },
    aria: { enabled: true, decal: { show: false } },
    xAxis: axis(option.xAxis),
    yAxis: axis(option.yAxis),
    series: option.series.map(withRole),
  };
}

function withRole(series) {
  const color = token(`chart-${ROLES[series.role] ?? "blue"}`);
  const decal = series.role === "wait" ? { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 3], rotation: -Math.PI / 4, color: token("wait-tint") } : undefined;
  return { barMaxWidth: 40, ...series, color, itemStyle: { borderColor: token("surface"), borderWidth: 1, decal, ...series.itemStyle } };
}

function draw(place) {
  const chart = charts.get(place) ?? window.echarts.init(place, null, { renderer: "svg" });
  charts.set(place, chart);
  chart.setOption(withColours(JSON.parse(place.dataset.chart)), true);
}

function drawAll() {
  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
}

drawAll();
document.addEventListener("peg:theme", drawAll);
document.addEventListener("htmx:after:settle", drawAll);
addEventListener("resize", () => { for (const chart of charts.values()) chart.resize(); });
