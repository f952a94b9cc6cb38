/** Where photos lie in the grid: pure arithmetic, for any number of them. */

const PHONE_PIXELS = 480;
const TABLET_PIXELS = 760;

/** Whether a photo comes before another: the latest first, and of one moment the one that was added last. */
export function isBefore(photo, other) {
    return photo.shownAt === other.shownAt ? photo.id > other.id : photo.shownAt > other.shownAt;
}

/** The index at which a photo is inserted into photos in their order. */
export function placeOf(photo, photos) {
    return firstIndex(photos.length, (index) => !isBefore(photos[index], photo));
}

/** How photos lie in a grid of a width, in a window of another: in columns on phones and small tablets, in rows elsewhere. */
export function frameOf(width, windowWidth) {
    if (windowWidth <= PHONE_PIXELS) return { width, gap: 4, heading: 44, columns: 3 };
    if (windowWidth <= TABLET_PIXELS) return { width, gap: 5, heading: 44, columns: 4 };
    return { width, row: 210, gap: 8, heading: 52 };
}

/**
 * Lays photos out in rows, each month under a heading: rows of one height that take the shapes of their photos, or squares in columns.
 *
 * @param {{ ratio: number, month: string }[]} photos In their order.
 * @param {{ width: number, row: number, gap: number, heading: number, columns?: number }} frame In pixels. `row` is the height of a row,
 *     which a full one goes below; with `columns` photos are squares.
 * @returns `months`, each with its photos `first` up to `end` and its `top` and `height`, and for each photo its place in the month.
 */
export function layOut(photos, frame) {
    const count = photos.length;
    const layout = {
        months: [], height: 0,
        left: new Float32Array(count), top: new Float32Array(count), width: new Float32Array(count), tall: new Float32Array(count),
        /** The distance of each photo from the top of the grid. */
        start: new Float64Array(count),
    };
    let first = 0;
    let key = photos[0]?.month ?? null;
    for (let index = 1; index <= count; index++) {
        const next = photos[index]?.month ?? null;
        if (next === key) continue;
        const top = layout.height;
        const height = layOutMonth(photos, first, index, frame, layout, top);
        layout.months.push({ key, first, end: index, top, height });
        layout.height = top + height + frame.gap;
        [first, key] = [index, next];
    }
    return layout;
}

function layOutMonth(photos, first, end, frame, layout, monthTop) {
    let top = frame.heading;
    for (let index = first; index < end;) {
        const row = frame.columns ? squares(index, end, frame) : justified(photos, index, end, frame);
        let left = 0;
        for (let place = 0; place < row.count; place++) {
            const photo = index + place;
            const width = frame.columns ? row.height : photos[photo].ratio * row.height;
            layout.left[photo] = left;
            layout.top[photo] = top;
            layout.width[photo] = width;
            layout.tall[photo] = row.height;
            layout.start[photo] = monthTop + top;
            left += width + frame.gap;
        }
        index += row.count;
        top += row.height + frame.gap;
    }
    return top;
}

function squares(index, end, { width, gap, columns }) {
    return { count: Math.min(columns, end - index), height: (width - gap * (columns - 1)) / columns };
}

function justified(photos, index, end, { width, row, gap }) {
    let ratios = 0;
    for (let place = index; place < end; place++) {
        ratios += photos[place].ratio;
        const gaps = gap * (place - index);
        if (ratios * row + gaps >= width) return { count: place - index + 1, height: (width - gaps) / ratios };
    }
    return { count: end - index, height: row };
}

/** The photos that lie between two heights of the grid, from the first up to the end. */
export function rangeOf(layout, from, to) {
    const count = layout.start.length;
    const first = firstIndex(count, (index) => layout.start[index] + layout.tall[index] >= from);
    const end = firstIndex(count, (index) => layout.start[index] > to);
    return { first, end: Math.max(first, end) };
}

/** The first index of an ordered row of which something holds, or the count. */
function firstIndex(count, holds) {
    let [low, high] = [0, count];
    while (low < high) {
        const middle = (low + high) >> 1;
        if (holds(middle)) high = middle;
        else low = middle + 1;
    }
    return low;
}
