import Storage

/// The page's script: chooses layers, and tells coordinates and value of the place pointed at.
///
/// Texts go into the page as texts, never as markup.
enum ReportScript {
  static let text = #"""
    "use strict";
    (() => {
      const data = JSON.parse(document.getElementById("data").textContent);
      const hex = text => [1, 3, 5].map(i => parseInt(text.slice(i, i + 2), 16));
      const short = value => Number(value.toPrecision(3)).toString();
      const ramp = scale => {
        const stops = scale.stops.map(hex), last = stops.length - 1;
        return Array.from({length: 253}, (_, i) => {
          const place = i / 252 * last, first = Math.min(Math.floor(place), last - 1), part = place - first;
          return stops[first].map((low, c) => low + part * (stops[first + 1][c] - low));
        });
      };
      const nearest = (colours, pixel) => {
        let best = -1, least = Infinity;
        colours.forEach((colour, i) => {
          const distance = colour.reduce((sum, part, c) => sum + (part - pixel[c]) ** 2, 0);
          if (distance < least) { least = distance; best = i; }
        });
        return best;
      };
      const position = (grid, column, row) => {
        const n = grid.lattice;
        const place = (value, size) => Math.min(Math.max(value / size, 0), 1) * (n - 1);
        const x = place(column, grid.width), y = place(row, grid.height);
        const left = Math.min(Math.floor(x), n - 2), top = Math.min(Math.floor(y), n - 2), a = x - left, b = y - top;
        const mix = v => {
          const i = top * n + left;
          return (v[i] * (1 - a) + v[i + 1] * a) * (1 - b) + (v[i + n] * (1 - a) + v[i + n + 1] * a) * b;
        };
        let longitude = mix(grid.longitudes);
        longitude -= 360 * Math.round(longitude / 360);
        return [longitude, mix(grid.latitudes)];
      };
      for (const figure of document.querySelectorAll("figure.map")) {
        const sequence = data.sequences[figure.dataset.sequence], map = sequence.maps[figure.dataset.map];
        const grid = sequence.grid, scale = map.scale || {};
        const view = figure.querySelector(".view"), image = view.querySelector("img"), cross = view.querySelector(".cross");
        const slider = figure.querySelector("input"), output = figure.querySelector("output");
        const readout = figure.querySelector(".pointer"), canvas = document.createElement("canvas");
        const alt = image.alt.slice(0, image.alt.length - output.textContent.length);
        map.layers[0].src = image.src;
        const colours = scale.classes ? scale.classes.map(c => hex(c.colour)) : scale.stops ? ramp(scale) : [];
        let place = [0.5, 0.5], context = null;
        const draw = () => {
          canvas.width = image.naturalWidth;
          canvas.height = image.naturalHeight;
          context = canvas.getContext("2d", {willReadFrequently: true});
          if (canvas.width) context.drawImage(image, 0, 0);
        };
        const value = (x, y) => {
          if (!context || !canvas.width) return "";
          const pixel = context.getImageData(x, y, 1, 1).data;
          if (pixel[3] === 0) return "no value";
          const best = nearest(colours, pixel);
          if (best < 0) return "";
          if (scale.classes) return scale.classes[best].name;
          const share = best / 252, number = short(scale.low + share * (scale.high - scale.low));
          return share === 0 ? "≤ " + number : share === 1 ? "≥ " + number : "≈ " + number;
        };
        const tell = () => {
          const x = Math.min(Math.floor(place[0] * canvas.width), canvas.width - 1);
          const y = Math.min(Math.floor(place[1] * canvas.height), canvas.height - 1);
          const column = place[0] * grid.width, row = place[1] * grid.height, t = grid.transform;
          const parts = [];
          if (grid.lattice) {
            const [longitude, latitude] = position(grid, column, row);
            parts.push(Math.abs(latitude).toFixed(5) + "° " + (latitude < 0 ? "S" : "N") + ", "
              + Math.abs(longitude).toFixed(5) + "° " + (longitude < 0 ? "W" : "E"));
          }
          if (Array.isArray(t)) {
            const east = t[0] + column * t[1] + row * t[2], north = t[3] + column * t[4] + row * t[5];
            const digits = Math.max(0, Math.min(8, 1 - Math.floor(Math.log10(Math.abs(t[1]) || 1))));
            parts.push("x " + east.toFixed(digits) + ", y " + north.toFixed(digits));
          }
          parts.push("column " + Math.min(Math.floor(column), grid.width - 1) + ", row " + Math.min(Math.floor(row), grid.height - 1));
          const found = value(x, y);
          if (found) parts.push(found);
          readout.textContent = parts.join(" · ");
        };
        const mark = () => {
          cross.hidden = false;
          cross.style.left = place[0] * 100 + "%";
          cross.style.top = place[1] * 100 + "%";
        };
        image.addEventListener("load", () => { draw(); if (!cross.hidden) tell(); });
        if (image.complete) draw();
        view.addEventListener("pointermove", event => {
          const box = image.getBoundingClientRect();
          place = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
            .map(part => Math.min(Math.max(part, 0), 0.999999));
          cross.hidden = true;
          tell();
        });
        view.addEventListener("keydown", event => {
          const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
          const move = moves[event.key];
          if (!move || event.ctrlKey || event.metaKey || event.altKey) return;
          event.preventDefault();
          const step = event.shiftKey ? 10 : 1;
          const sizes = [canvas.width || 1, canvas.height || 1];
          place = place.map((part, i) => Math.min(Math.max(
            (Math.floor(part * sizes[i]) + move[i] * step + 0.5) / sizes[i], 0.5 / sizes[i]), 1 - 0.5 / sizes[i]));
          mark();
          tell();
        });
        view.addEventListener("focus", () => { if (view.matches(":focus-visible")) { mark(); tell(); } });
        view.addEventListener("blur", () => { cross.hidden = true; });
        slider.addEventListener("input", () => {
          const layer = map.layers[slider.value];
          output.textContent = layer.label;
          slider.setAttribute("aria-valuetext", layer.label);
          image.alt = alt + layer.label;
          image.src = layer.src;
        });
      }
    })();
    """#

  /// The script's SHA-256 in base64, by which the page's policy knows it.
  static let digest: String = {
    guard var digest = Digest(.sha256) else { return "" }
    var script = ReportScript.text
    script.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
    return Base64.text(digest.finish())
  }()
}
