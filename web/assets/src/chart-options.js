// Turns a chart's data, as ui.Chart writes it, into options for ECharts.
import { fade } from "./chart-theme.js";

const stateColour = (theme, state) => theme[`${state}-mark`] ?? theme.unknown;

const colourOf = (theme, series, index) => {
  if (series.tone) return stateColour(theme, series.tone);
  if (series.role === "comparison") return theme.compare;
  return theme[`series-${(index % 5) + 1}`];
};

// writer formats numbers the way the page does.
function writer(format) {
  const { style, currency, decimals, lang } = format;
  const options = { minimumFractionDigits: 0, maximumFractionDigits: decimals };
  if (style === "percent") options.style = "percent";
  const yen = style === "money" && currency === "JPY" && lang === "ja";
  if (style === "money") Object.assign(options, { notation: "compact", maximumFractionDigits: 1, maximumSignificantDigits: 3, roundingPriority: "lessPrecision", useGrouping: "always" });
  if (style === "money" && !yen) Object.assign(options, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  if (yen) options.maximumSignificantDigits = 4;
  const numbers = new Intl.NumberFormat(yen ? "ja" : "en", options);
  return (value) => (value == null ? "—" : numbers.format(value).replace("-", "−") + (yen ? "円" : ""));
}

// tip is built from elements, not markup: names are other people's text, and
// the page's policy forbids inline styles.
function tip(title, lines) {
  const box = document.createElement("div");
  box.className = "chart-tip";
  if (title) {
    const head = document.createElement("div");
    head.className = "chart-tip-title";
    head.textContent = title;
    box.append(head);
  }
  for (const [name, value] of lines) {
    const line = document.createElement("div");
    line.className = "chart-tip-line";
    const left = document.createElement("span");
    left.textContent = name;
    const right = document.createElement("strong");
    right.textContent = value;
    line.append(left, right);
    box.append(line);
  }
  return box;
}

function base(theme) {
  return {
    animation: !theme.still,
    animationDuration: 140,
    animationDurationUpdate: 140,
    textStyle: { fontFamily: theme.font, fontSize: 12, color: theme["text-2"] },
    aria: { enabled: false }, // the sentence and the table say it better
    tooltip: {
      backgroundColor: theme.raised,
      borderColor: theme.line,
      borderWidth: 1,
      padding: [8, 12],
      textStyle: { color: theme.text, fontSize: 12 },
      transitionDuration: 0,
      confine: true,
    },
  };
}

const label = (theme) => ({ color: theme["text-2"], fontSize: 12, hideOverlap: true });

function categoryAxis(theme, data, name) {
  return {
    type: "category",
    data,
    name,
    nameLocation: "middle",
    nameGap: 30,
    nameTextStyle: { color: theme["text-3"], fontSize: 12 },
    axisLine: { lineStyle: { color: theme["line-strong"] } },
    axisTick: { show: false },
    axisLabel: label(theme),
  };
}

function valueAxis(theme, write, spec) {
  return {
    type: "value",
    min: spec.min ?? undefined,
    max: spec.max ?? undefined,
    splitNumber: 4,
    interval: spec.min != null && spec.max != null ? (spec.max - spec.min) / 4 : undefined,
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...label(theme), formatter: write },
    splitLine: { lineStyle: { color: theme.line } },
  };
}

// band draws an interval as a filled area from low to high.
function band(series, colour) {
  const edges = series.low.map((low, i) => [i, low, series.high[i]]).filter(([, low, high]) => low != null && high != null);
  return {
    type: "custom",
    name: series.name,
    silent: true,
    tooltip: { show: false },
    z: 1,
    data: edges.length ? [0] : [],
    renderItem: (_, api) => ({
      type: "polygon",
      shape: {
        points: [
          ...edges.map(([x, , high]) => api.coord([x, high])),
          ...edges.toReversed().map(([x, low]) => api.coord([x, low])),
        ],
      },
      style: { fill: fade(colour, 0.14) },
    }),
  };
}

// crowded reports whether the names of events would run into each other.
function crowded(spec) {
  const at = spec.events.map((event) => event.at).toSorted((a, b) => a - b);
  return at.some((place, i) => (i > 0 && place - at[i - 1] < spec.x.length * 0.25) || place < spec.x.length * 0.08);
}

// events are ticks on the axis with their names in the tooltip and, where there
// is room, above.
function eventMarks(spec, theme) {
  if (!spec.events?.length) return undefined;
  return {
    symbol: ["none", "none"],
    silent: false,
    lineStyle: { type: "solid", width: 1, color: theme["line-strong"] },
    label: { show: !crowded(spec), position: "end", color: theme["text-2"], fontSize: 12, formatter: ({ name }) => name },
    data: spec.events.map((event) => ({
      name: event.label,
      xAxis: event.at,
      lineStyle: event.tone ? { color: stateColour(theme, event.tone) } : undefined,
    })),
  };
}

function zeroLine(theme) {
  return { symbol: ["none", "none"], silent: true, label: { show: false }, lineStyle: { type: "solid", width: 1, color: theme["text-3"] }, data: [{ yAxis: 0 }] };
}

function hasNegative(spec) {
  return spec.series.some((series) => series.values?.some((value) => value < 0));
}

// stacked reports whether the chart is of bars in parts, which need names.
const stacked = (spec) => spec.series.length > 1 && spec.series.every((series) => series.stack);

// barLabels names the parts of stacked bars beside the last bar, and writes the
// values of a few single bars above them.
function barLabels(spec, series, theme) {
  const words = { show: true, color: theme.text, fontSize: 12 };
  if (stacked(spec)) {
    const last = series.values.length - 1;
    if (!series.values[last]) return {};
    const label = { ...words, position: "right", distance: 6, formatter: "{a}" };
    return { data: series.values.map((value, i) => (i === last ? { value, label } : value)), labelLayout: { moveOverlap: "shiftY" } };
  }
  if (spec.series.length > 1 || spec.small || series.values.length > 12) return {};
  return { label: { ...words, position: "top", formatter: ({ value }) => writer(spec.format)(value) } };
}

function oneSeries(spec, series, index, theme) {
  const colour = colourOf(theme, series, index);
  const kind = series.kind || spec.kind;
  const thin = series.role === "comparison";
  const common = { name: series.name, data: series.values, itemStyle: { color: colour }, z: thin ? 2 : 3 };
  if (kind === "bar") {
    return { ...common, type: "bar", stack: series.stack || undefined, barMaxWidth: 40, barCategoryGap: "35%", ...barLabels(spec, series, theme) };
  }
  if (kind === "scatter") {
    return { ...common, type: "scatter", itemStyle: { color: colour, borderColor: theme.surface, borderWidth: 1.5, opacity: 1 }, symbol: series.tone === "red" ? "rect" : "circle", symbolSize: 10 };
  }
  return {
    ...common,
    type: "line",
    connectNulls: false,
    showSymbol: series.values.length === 1,
    symbolSize: 5,
    lineStyle: { width: thin ? 1 : 2, type: series.role === "dashed" ? "dashed" : "solid", color: colour },
    endLabel: {
      show: spec.series.length > 1 && !spec.small,
      formatter: "{a}",
      color: thin ? theme["text-2"] : colour,
      fontSize: 12,
      distance: 6,
    },
    labelLayout: { moveOverlap: "shiftY" },
  };
}

// legendRoom leaves space at the right for the names at the ends of lines and
// beside stacked bars.
function legendRoom(spec) {
  const lines = stacked(spec) ? spec.series : spec.series.filter((series) => (series.kind || spec.kind) === "line");
  if (lines.length === 0 || spec.series.length < 2) return 12;
  const width = Math.max(...lines.map((series) => [...series.name].reduce((sum, c) => sum + (c > "\u2e80" ? 12 : 6.6), 0)));
  return Math.min(Math.max(width + 14, 24), 150);
}

// shortDay leaves out the year of a day: it is said above the chart and in the
// tooltip.
const shortDay = (words) => words.replace(/^(\d+ [A-Z][a-z]{2}) \d{4}$/, "$1").replace(/^\d{4}\/0?(\d+)\/0?(\d+)$/, "$1/$2");

// overTimeAxis keeps the first and last names within lines that go from edge to
// edge; bars stand over the middle of their names.
function overTimeAxis(spec, theme) {
  const axis = categoryAxis(theme, spec.x, spec.xTitle);
  const gap = spec.kind !== "line" || spec.series.some((s) => s.kind === "bar");
  axis.axisLabel.formatter = shortDay;
  if (!gap) Object.assign(axis.axisLabel, { alignMinLabel: "left", alignMaxLabel: "right" });
  return { ...axis, boundaryGap: gap };
}

function overTime(spec, theme) {
  const write = writer(spec.format);
  const series = [];
  spec.series.forEach((s, i) => {
    if (s.low?.length) series.push(band(s, colourOf(theme, s, i)));
    if (s.values?.length) series.push(oneSeries(spec, s, i, theme));
  });
  const first = series.find((s) => s.type !== "custom");
  if (first) first.markLine = eventMarks(spec, theme) ?? (hasNegative(spec) ? zeroLine(theme) : undefined);
  return {
    ...base(theme),
    grid: { top: spec.events?.length ? 28 : 12, right: legendRoom(spec), bottom: spec.xTitle ? 24 : 4, left: 4, containLabel: true },
    xAxis: overTimeAxis(spec, theme),
    yAxis: valueAxis(theme, write, spec),
    tooltip: {
      ...base(theme).tooltip,
      trigger: "axis",
      axisPointer: { type: "line", lineStyle: { color: theme["line-strong"] } },
      formatter: (points) => {
        const shown = points.filter((point) => point.seriesType !== "custom");
        const at = points[0]?.dataIndex;
        const lines = shown.map((point) => [point.seriesName, write(point.value)]);
        for (const event of spec.events ?? []) if (event.at === at) lines.push([event.label, ""]);
        return tip(spec.x[at], lines);
      },
    },
    series,
  };
}

function scatter(spec, theme) {
  const write = writer(spec.format);
  return {
    ...base(theme),
    grid: { top: 12, right: 16, bottom: spec.xTitle ? 24 : 4, left: 4, containLabel: true },
    xAxis: { ...valueAxis(theme, (v) => v, {}), name: spec.xTitle, nameLocation: "middle", nameGap: 30, nameTextStyle: { color: theme["text-3"], fontSize: 12 } },
    yAxis: valueAxis(theme, write, spec),
    tooltip: { ...base(theme).tooltip, trigger: "item", formatter: ({ data }) => tip(data.label, [[`${data.value[0]}`, write(data.value[1])]]) },
    series: spec.series.map((series, i) => ({
      type: "scatter",
      name: series.name,
      symbolSize: 8,
      itemStyle: { color: fade(colourOf(theme, series, i), 0.75) },
      data: (series.points ?? []).map((point) => ({ value: [point.x, point.y], label: point.label, url: point.url })),
    })),
  };
}

function heatmap(spec, theme) {
  const write = writer(spec.format);
  const cells = [];
  spec.cells.forEach((row, y) => row.forEach((value, x) => value != null && cells.push([x, y, value])));
  const values = cells.map((cell) => cell[2]);
  const low = spec.min ?? Math.min(...values);
  const high = spec.max ?? Math.max(...values);
  return {
    ...base(theme),
    grid: { top: spec.xTitle ? 28 : 8, right: 4, bottom: 4, left: 4, containLabel: true },
    xAxis: { ...categoryAxis(theme, spec.x, spec.xTitle), nameGap: 24, position: "top", axisLine: { show: false } },
    yAxis: { ...categoryAxis(theme, spec.y), inverse: true, axisLine: { show: false } },
    visualMap: { show: false, min: low, max: high, inRange: { color: [fade(theme["series-1"], 0.06), fade(theme["series-1"], 0.5)] } },
    tooltip: { ...base(theme).tooltip, trigger: "item", formatter: ({ value }) => tip(spec.y[value[1]], [[spec.x[value[0]], write(value[2])]]) },
    series: [{
      type: "heatmap",
      data: cells,
      label: { show: true, fontSize: 12, color: theme.text, formatter: ({ value }) => write(value[2]) },
      itemStyle: { borderColor: theme.surface, borderWidth: 2, borderRadius: 3 },
      emphasis: { itemStyle: { borderColor: theme.text, borderWidth: 1 } },
    }],
  };
}

// option gives the ECharts options for a chart.
export function option(spec, theme) {
  if (spec.kind === "heatmap") return heatmap(spec, theme);
  if (spec.kind === "scatter" && spec.series.some((series) => series.points?.length)) return scatter(spec, theme);
  return overTime(spec, theme);
}
