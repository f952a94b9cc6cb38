/** Tests as functions with names that read as sentences. */
const tests = [];

export function test(name, body) {
    tests.push({ name, body });
}

/** `[name, null or why it failed]` of each. */
export async function run() {
    const results = [];
    for (const { name, body } of tests) {
        try {
            await body();
            results.push([name, null]);
        } catch (error) {
            results.push([name, error.stack ?? String(error)]);
        }
    }
    return results;
}

export function equal(found, wanted) {
    const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (left !== right) throw new Error(`${left} is not ${right}`);
}

export async function throws(kind, body) {
    try {
        await body();
    } catch (error) {
        equal(error.kind, kind);
        return error;
    }
    throw new Error(`nothing was thrown, ${kind} was expected`);
}
