"use strict";
(() => {
  document.documentElement.classList.add("has-js");

  // With a script the panel tells the details; the tooltips would only cover the picture.
  for (const item of document.querySelectorAll(".item")) {
    item.dataset.detail = item.title;
    item.removeAttribute("title");
  }

  for (const figure of document.querySelectorAll("figure")) {
    const plot = figure.querySelector(".plot");
    const view = figure.querySelector(".view");
    const panel = figure.querySelector(".panel");
    let zoom = 1;

    let chosen = null;
    const show = (item) => { panel.textContent = item.dataset.detail; };

    const zoomTo = (wanted) => {
      const middle = (view.scrollLeft + view.clientWidth / 2) / plot.offsetWidth;
      zoom = Math.min(Math.max(wanted, 1), 64);
      plot.style.setProperty("--zoom", zoom);
      plot.classList.toggle("zoomed", zoom >= 4);
      view.scrollLeft = middle * plot.offsetWidth - view.clientWidth / 2;
      if (chosen) chosen.scrollIntoView({ block: "nearest", inline: "center" });
    };

    const lanes = () => [...figure.querySelectorAll(".lane")]
      .filter((lane) => lane.offsetParent && lane.querySelector(".item"));
    const inside = (lane) => [...lane.querySelectorAll(".item")]
      .sort((one, other) => one.offsetLeft - other.offsetLeft || one.offsetTop - other.offsetTop);

    // One stop of the Tab key per lane; the arrow keys do the rest.
    const rove = (lane, stop) => {
      for (const item of lane.querySelectorAll(".item")) item.tabIndex = item === stop ? 0 : -1;
    };
    for (const lane of figure.querySelectorAll(".lane")) rove(lane, inside(lane)[0]);

    const nearest = (lane, from) => inside(lane).reduce((best, item) =>
      Math.abs(item.offsetLeft - from.offsetLeft) < Math.abs(best.offsetLeft - from.offsetLeft)
        ? item : best);

    const target = (item, key) => {
      const lane = item.closest(".lane");
      const items = inside(lane);
      const all = lanes();
      const above = { ArrowUp: -1, ArrowDown: 1 }[key];
      if (above) {
        const next = all[all.indexOf(lane) + above];
        return next && nearest(next, item);
      }
      const places = {
        ArrowLeft: items.indexOf(item) - 1, ArrowRight: items.indexOf(item) + 1,
        Home: 0, End: items.length - 1,
      };
      return items[places[key]];
    };

    figure.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const zooms = { "+": zoom * 2, "=": zoom * 2, "-": zoom / 2, "0": 1 };
      if (event.key in zooms) {
        zoomTo(zooms[event.key]);
      } else {
        const item = event.target.closest(".item");
        const next = item && target(item, event.key);
        if (!next) return;
        rove(next.closest(".lane"), next);
        next.focus();
      }
      event.preventDefault();
    });
    figure.addEventListener("focusin", (event) => {
      const item = event.target.closest(".item");
      if (!item) return;
      chosen = item;
      show(item);
    });
    figure.addEventListener("mouseover", (event) => {
      const item = event.target.closest(".item");
      if (item) show(item);
    });
    figure.querySelector(".tools").addEventListener("click", (event) => {
      const by = { in: zoom * 2, out: zoom / 2, fit: 1 }[event.target.dataset.zoom];
      if (by) zoomTo(by);
    });
  }

  // A link into the picture takes the focus along.
  const follow = () => {
    const item = location.hash && document.getElementById(location.hash.slice(1));
    if (item && item.classList.contains("item")) item.focus();
  };
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    if (event.target.closest("a[href^='#']")) setTimeout(follow);
  });

  // Paper cannot be unfolded.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => { for (const each of opened) each.open = false; });
})();
