// Figures that can be hovered and zoomed. The page is whole without this.
(function () {
  "use strict";
  var tip = document.getElementById("tip");
  document.querySelectorAll(".plot").forEach(function (plot) {
    var svg = plot.querySelector("svg");
    var whole = svg.getAttribute("viewBox").split(" ").map(Number);
    var view = whole.slice();
    var spots = Array.from(svg.querySelectorAll(".spots circle")).map(function (circle) {
      var title = circle.querySelector("title");
      var text = title.textContent;
      title.remove();
      return { x: +circle.getAttribute("cx"), y: +circle.getAttribute("cy"), text: text, circle: circle };
    });
    var marked = null;
    var held = new Map();

    function show() {
      svg.setAttribute("viewBox", view.join(" "));
      svg.classList.toggle("zoomed", whole[2] > view[2] * 1.001);
    }
    function place(event) {
      var point = new DOMPoint(event.clientX, event.clientY);
      return point.matrixTransform(svg.getScreenCTM().inverse());
    }
    // The place `at` stays where it is on the screen.
    function zoom(factor, at) {
      var width = Math.min(whole[2], Math.max(whole[2] / 40, view[2] / factor));
      var scale = width / view[2];
      view = [at.x - (at.x - view[0]) * scale, at.y - (at.y - view[1]) * scale, width, view[3] * scale];
      inside();
    }
    function inside() {
      view[0] = Math.max(whole[0], Math.min(view[0], whole[0] + whole[2] - view[2]));
      view[1] = Math.max(whole[1], Math.min(view[1], whole[1] + whole[3] - view[3]));
      show();
    }
    function middle() {
      return { x: view[0] + view[2] / 2, y: view[1] + view[3] / 2 };
    }
    function leave() {
      if (marked) { marked.circle.classList.remove("at"); }
      marked = null;
      tip.hidden = true;
    }
    function point(event) {
      var at = place(event);
      var unit = view[2] / svg.clientWidth;
      var best = null;
      var nearest = 18 * unit;
      spots.forEach(function (spot) {
        var distance = Math.hypot(spot.x - at.x, spot.y - at.y);
        if (nearest > distance) { nearest = distance; best = spot; }
      });
      if (best !== marked) { leave(); }
      if (!best) { return; }
      marked = best;
      best.circle.setAttribute("r", 7 * unit);
      best.circle.style.strokeWidth = 1.5 * unit;
      best.circle.classList.add("at");
      tip.textContent = best.text;
      tip.hidden = false;
      var left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
      var top = event.clientY - tip.offsetHeight - 12;
      tip.style.left = Math.max(8, left) + "px";
      tip.style.top = (top > 8 ? top : event.clientY + 18) + "px";
    }

    svg.addEventListener("pointerdown", function (event) {
      held.set(event.pointerId, event);
      if (whole[2] > view[2] * 1.001) { svg.setPointerCapture(event.pointerId); }
      point(event);
    });
    svg.addEventListener("pointermove", function (event) {
      var before = held.get(event.pointerId);
      if (!before) { point(event); return; }
      var unit = view[2] / svg.clientWidth;
      if (held.size === 2) {
        var other = Array.from(held.values()).find(function (e) { return e.pointerId !== event.pointerId; });
        var was = Math.hypot(before.clientX - other.clientX, before.clientY - other.clientY);
        var now = Math.hypot(event.clientX - other.clientX, event.clientY - other.clientY);
        if (was > 0) { zoom(now / was, place(event)); }
      } else if (whole[2] > view[2] * 1.001) {
        leave();
        view[0] -= (event.clientX - before.clientX) * unit;
        view[1] -= (event.clientY - before.clientY) * unit;
        inside();
      }
      held.set(event.pointerId, event);
    });
    ["pointerup", "pointercancel"].forEach(function (name) {
      svg.addEventListener(name, function (event) { held.delete(event.pointerId); });
    });
    svg.addEventListener("pointerleave", leave);
    // A wheel alone scrolls the page.
    svg.addEventListener("wheel", function (event) {
      if (!event.ctrlKey) { return; }
      event.preventDefault();
      zoom(Math.exp(-event.deltaY / 200), place(event));
    }, { passive: false });
    svg.addEventListener("dblclick", function (event) { zoom(2, place(event)); });

    var tools = document.createElement("div");
    tools.className = "tools";
    [["+", "Zoom in", function () { zoom(1.6, middle()); }],
     ["\u2212", "Zoom out", function () { zoom(1 / 1.6, middle()); }],
     ["\u21ba", "The whole figure", function () { view = whole.slice(); show(); }]].forEach(function (row) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = row[0];
      button.title = row[1];
      button.setAttribute("aria-label", row[1]);
      button.addEventListener("click", row[2]);
      tools.append(button);
    });
    plot.append(tools);
  });
})();
