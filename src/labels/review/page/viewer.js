// The photo: zoomed onto the seller's block, moved and turned by mouse, touch and keys.

const CLOSEST = 8;
const MARGIN = 0.04;

export class Viewer {
  constructor(root, picture, frame) {
    this.root = root;
    this.picture = picture;
    this.frame = frame;
    this.block = null;
    this.turn = 0;
    this.mode = "whole";
    this.place = { scale: 1, x: 0, y: 0 };
    this.pointers = new Map();
    this.onMode = () => {};
    picture.addEventListener("load", () => {
      picture.classList.remove("loading");
      this.arrange();
    });
    new ResizeObserver(() => this.arrange()).observe(root);
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      root.addEventListener(end, (event) => this.pointers.delete(event.pointerId));
    }
    root.addEventListener("dblclick", () => this.toggle());
  }

  /** Shows a photo: its seller's block where that is known, `{turn, area}`, else all of it. */
  show(source, block) {
    this.block = block;
    this.turn = block ? block.turn : 0;
    this.mode = block ? "block" : "whole";
    if (this.picture.src !== source) {
      this.picture.classList.add("loading");
      this.picture.src = source;
    }
    this.arrange();
  }

  /** The block has become known while the photo was looked at. */
  learn(block) {
    const knew = this.block !== null;
    this.block = block;
    if (block && !knew && this.mode === "whole" && this.turn === 0) {
      this.turn = block.turn;
      this.mode = "block";
    }
    this.arrange();
  }

  size() {
    const { naturalWidth: width, naturalHeight: height } = this.picture;
    return this.turn % 180 === 0 ? [width, height] : [height, width];
  }

  room() {
    return [this.root.clientWidth, this.root.clientHeight];
  }

  isBlockUpright() {
    return this.block !== null && this.block.turn === this.turn;
  }

  arrange() {
    const [width, height] = this.size();
    const [roomX, roomY] = this.room();
    if (!width || !height || !roomX || !roomY) return;
    if (this.mode === "block" && this.isBlockUpright()) {
      const [left, top, right, bottom] = this.block.area;
      const scale = Math.min(roomX / ((right - left) * width), roomY / ((bottom - top) * height)) * (1 - MARGIN);
      // At the photo's edge, no empty room beside it: the block stays in sight, since it is on the photo.
      const inside = (at, length, room) => Math.max(room / 2, Math.min(length - room / 2, at));
      const used = Math.min(scale, CLOSEST);
      const across = roomX < width * used ? inside(((left + right) / 2) * width, width, roomX / used) : width / 2;
      const down = roomY < height * used ? inside(((top + bottom) / 2) * height, height, roomY / used) : height / 2;
      this.zoomTo(used, across, down);
    } else if (this.mode === "free") {
      this.draw();
    } else {
      this.zoomTo(Math.min(roomX / width, roomY / height) * (1 - MARGIN / 2), width / 2, height / 2);
    }
    this.onMode(this.mode);
  }

  /** Puts a point of the turned photo into the middle. */
  zoomTo(scale, x, y) {
    const [roomX, roomY] = this.room();
    this.place = { scale, x: roomX / 2 - x * scale, y: roomY / 2 - y * scale };
    this.draw();
  }

  draw() {
    const [width, height] = this.size();
    const [roomX, roomY] = this.room();
    const { scale } = this.place;
    // Some of the photo always stays in sight.
    const keep = (at, length, room) => Math.min(room * 0.8, Math.max(room * 0.2 - length * scale, at));
    const x = keep(this.place.x, width, roomX);
    const y = keep(this.place.y, height, roomY);
    this.place = { scale, x, y };
    const [right, down] = { 0: [0, 0], 90: [width, 0], 180: [width, height], 270: [0, height] }[this.turn];
    this.picture.style.transform =
      `translate(${x}px, ${y}px) scale(${scale}) translate(${right}px, ${down}px) rotate(${this.turn}deg)`;
    this.frame.hidden = !(this.isBlockUpright() && this.mode === "whole" && width);
    if (!this.frame.hidden) {
      const [left, top, end, bottom] = this.block.area;
      Object.assign(this.frame.style, {
        left: `${x + left * width * scale}px`,
        top: `${y + top * height * scale}px`,
        width: `${(end - left) * width * scale}px`,
        height: `${(bottom - top) * height * scale}px`,
      });
    }
  }

  free() {
    if (this.mode !== "free") {
      this.mode = "free";
      this.onMode(this.mode);
    }
  }

  zoom(factor, at = null) {
    const [roomX, roomY] = this.room();
    const [width, height] = this.size();
    if (!width) return;
    const [atX, atY] = at ?? [roomX / 2, roomY / 2];
    const least = Math.min(roomX / width, roomY / height) / 4;
    const scale = Math.min(CLOSEST, Math.max(least, this.place.scale * factor));
    const ratio = scale / this.place.scale;
    this.free();
    this.place = { scale, x: atX - (atX - this.place.x) * ratio, y: atY - (atY - this.place.y) * ratio };
    this.draw();
  }

  pan(right, down) {
    this.free();
    this.place.x += right;
    this.place.y += down;
    this.draw();
  }

  whole() {
    this.mode = "whole";
    this.arrange();
  }

  toggle() {
    this.mode = this.mode === "block" || !this.block ? "whole" : "block";
    if (this.mode === "block") this.turn = this.block.turn;
    this.arrange();
  }

  rotate() {
    this.turn = (this.turn + 90) % 360;
    this.whole();
  }

  wheel(event) {
    event.preventDefault();
    const { left, top } = this.root.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.zoom(Math.exp(-event.deltaY * lines * 0.0015), [event.clientX - left, event.clientY - top]);
  }

  down(event) {
    if (event.target.closest("button")) return;
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
    this.root.setPointerCapture(event.pointerId);
  }

  move(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY];
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (!other) {
      this.pan(now[0] - before[0], now[1] - before[1]);
      return;
    }
    const { left, top } = this.root.getBoundingClientRect();
    const middle = (point) => [(point[0] + other[0]) / 2, (point[1] + other[1]) / 2];
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    const [from, to] = [middle(before), middle(now)];
    this.pan(to[0] - from[0], to[1] - from[1]);
    this.zoom(apart(now) / apart(before), [to[0] - left, to[1] - top]);
  }
}
