// Draws the charts of a page. Each figure[data-chart] holds its data as JSON in data-spec.
import { init, use } from "echarts/core";
import { BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, VisualMapContinuousComponent } from "echarts/components";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
import { option } from "./chart-options.js";
import { readTheme } from "./chart-theme.js";

use([
  BarChart, CustomChart, HeatmapChart, LineChart, ScatterChart,
  AriaComponent, GridComponent, MarkLineComponent, TooltipComponent, VisualMapContinuousComponent,
  LabelLayout, CanvasRenderer,
]);

const drawn = new Map();

function draw(figure) {
  const canvas = figure.querySelector(".chart-canvas");
  const data = canvas?.dataset.spec;
  if (!data) return;
  try {
    const spec = JSON.parse(data);
    const chart = drawn.get(figure) ?? init(canvas, null, { renderer: "canvas" });
    if (!drawn.has(figure)) {
      new ResizeObserver(() => chart.resize()).observe(canvas);
      chart.on("click", (event) => {
        const url = event.data?.url;
        if (url && new URL(url, window.location.href).origin === window.location.origin) window.location.assign(url);
      });
    }
    drawn.set(figure, chart);
    chart.setOption(option(spec, readTheme()), true);
  } catch (error) {
    // The sentence and the table stay; the empty frame goes.
    figure.classList.add("chart-failed");
    console.error("chart", figure.id, error);
  }
}

function drawAll() {
  for (const [figure, chart] of drawn) {
    if (!figure.isConnected) {
      chart.dispose();
      drawn.delete(figure);
    }
  }
  document.querySelectorAll("figure[data-chart]").forEach(draw);
}

// A chart can be saved as a picture on the colour of its page.
document.addEventListener("click", (event) => {
  const id = event.target.closest?.("[data-chart-png]")?.dataset.chartPng;
  const chart = id && drawn.get(document.getElementById(id));
  if (!chart) return;
  const link = document.createElement("a");
  link.download = `${id}.png`;
  link.href = chart.getDataURL({ pixelRatio: 2, backgroundColor: getComputedStyle(document.body).backgroundColor });
  link.click();
});

document.addEventListener("minori:charts", drawAll);
document.addEventListener("minori:theme", drawAll);
document.addEventListener("htmx:afterSettle", drawAll);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
