/* Serves a folder of weights from JavaScript.
 *
 *   node deployment_server.js tfjs|page FOLDER
 *
 * tfjs: by TensorFlow.js. page: by the arithmetic that the book's own pages
 * use for a digit that is drawn. Requests and answers are those of
 * deployment_server.cc. */
"use strict";

const crypto = require("crypto");
const fs = require("fs");
const path = require("path");

const SHAPE = "shape 28 28 1 -> 10";
const SHAPES = "3,3,1,32 32 5408,128 128 128,10 10";

class Refused extends Error {}

/* [check] Every file as long as the MANIFEST says, with the same SHA-256. */
const check = (folder) => {
  const read = (name, encoding) => {
    try {
      return fs.readFileSync(path.join(folder, name), encoding);
    } catch {
      throw new Refused(`${name} cannot be read`);
    }
  };
  const lines = read("MANIFEST", "utf8").trimEnd().split("\n");
  if (lines[0] !== "dlcore-deployment 1") {
    throw new Refused("this MANIFEST is of another kind");
  }
  if (lines.at(-1) !== "end") throw new Refused("the MANIFEST is cut short");
  if (lines[1] !== SHAPE) {
    throw new Refused(`expected a model of ${SHAPE}, received ${lines[1]}`);
  }
  const words = lines.map((line) => line.split(" "));
  for (const [key, size, sha, name] of words) {
    if (key !== "file") continue;
    const data = read(name);
    if (data.length !== Number(size)) {
      throw new Refused(
        `${name} has ${data.length} bytes, expected ${size}: cut short?`
      );
    }
    if (crypto.createHash("sha256").update(data).digest("hex") !== sha) {
      throw new Refused(`${name} was changed: its SHA-256 differs`);
    }
  }
  return words;
};
/* [end check] */

/* [{shape, values}]: the weights as float32. */
const weights = (folder) => {
  const arrays = check(folder).filter(([key]) => key === "array");
  const shapes = arrays.map(([, shape]) => shape).join(" ");
  if (shapes !== SHAPES) {
    throw new Refused(`expected weights ${SHAPES}, received ${shapes}`);
  }
  const { buffer } = new Uint8Array(
    fs.readFileSync(path.join(folder, "weights.bin"))
  );
  let at = 0;
  return arrays.map(([, text, type, scale, offset]) => {
    const shape = text.split(",").map(Number);
    const count = shape.reduce((a, b) => a * b);
    const Kind = type === "uint8" ? Uint8Array : Float32Array;
    let values = new Kind(buffer, at, count);
    at += values.byteLength;
    if (type === "uint8") {
      values = Float32Array.from(values, (q) => +offset + scale * q);
    }
    return { shape, values };
  });
};

/* [tfjs] The network of the chapter a third time. */
const byTfjs = (arrays) => {
  const tf = require("@tensorflow/tfjs-core");
  require("@tensorflow/tfjs-backend-cpu");
  const { sequential, layers } = require("@tensorflow/tfjs-layers");
  const relu = { activation: "relu" };
  const model = sequential({
    layers: [
      layers.conv2d({
        filters: 32, kernelSize: 3, inputShape: [28, 28, 1], ...relu,
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 128, ...relu }),
      layers.dense({ units: 10, activation: "softmax" }),
    ],
  });
  model.setWeights(
    arrays.map(({ shape, values }) => tf.tensor(values, shape))
  );
  return (images) =>
    tf.tidy(() => {
      const x = tf.tensor(images, [images.length / 784, 28, 28, 1]);
      return model.predict(x).dataSync();
    });
};
/* [end tfjs] */

const byPage = (arrays) => {
  const { predict } = require("../_ext/widget_assets/draw-digit.js");
  const plain = arrays.map(({ values }) => values);
  return (images) => {
    const answer = [];
    for (let i = 0; i < images.length; i += 784) {
      answer.push(...predict(plain, images.subarray(i, i + 784)));
    }
    return Float32Array.from(answer);
  };
};

/* Answer until the requests end. */
const serve = async (predict) => {
  let parts = [];
  let length = 0;
  for await (const part of process.stdin) {
    parts.push(part);
    length += part.length;
    for (;;) {
      if (length < 4) break;
      let all = parts.length > 1 ? Buffer.concat(parts) : parts[0];
      parts = [all];
      const count = all.readUInt32LE(0);
      if (count < 1 || count > 10000) {
        throw new Refused("expected 1 to 10000 images");
      }
      const end = 4 + 4 * 784 * count;
      if (length < end) break;
      const aligned = new Uint8Array(all.subarray(4, end));
      const images = new Float32Array(aligned.buffer);
      const answer = predict(images);
      process.stdout.write(
        Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
      );
      all = all.subarray(end);
      parts = [all];
      length = all.length;
    }
  }
  if (length) throw new Refused("the request is cut short");
};

const main = async ([library, folder]) => {
  const load = { tfjs: byTfjs, page: byPage }[library];
  await serve(load(weights(folder)));
};

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`refused: ${error.message}\n`);
  process.exitCode = 1;
  process.stdin.destroy();
});
