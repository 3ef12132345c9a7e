/* What ical.js and node-ical understand of a calendar object on stdin, as JSON, at a given moment. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, moment] = process.argv.slice(2);
const text = readFileSync(0, "utf8");

const Real = Date;
globalThis.Date = class extends Real {
  constructor(...parts) {
    if (parts.length) super(...parts);
    else super(moment);
  }

  static now() {
    return new Real(moment).getTime();
  }
};

const require = createRequire(`${folder}/read.mjs`);
const ICAL = require("ical.js").default ?? require("ical.js");
const nodeIcal = require("node-ical");

function byIcalJs() {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    return {
      uid: event.uid,
      sequence: event.sequence,
      summary: event.summary,
      location: event.location ?? "",
      status: component.getFirstPropertyValue("status"),
      start: event.startDate.isDate ? event.startDate.toString() : event.startDate.toJSDate().toISOString(),
      end: event.endDate.isDate ? event.endDate.toString() : event.endDate.toJSDate().toISOString(),
    };
  });
}

function byNodeIcal() {
  return Object.values(nodeIcal.sync.parseICS(text))
    .filter((it) => it.type === "VEVENT")
    .map((it) => ({
      uid: it.uid,
      sequence: Number(it.sequence),
      summary: it.summary,
      location: it.location ?? "",
      status: it.status,
      start: it.datetype === "date" ? day(it.start) : it.start.toISOString(),
      end: it.datetype === "date" ? day(it.end) : it.end.toISOString(),
    }));
}

/* node-ical gives a day as midnight by the clock of the process. */
function day(moment) {
  const digits = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${digits(moment.getMonth() + 1)}-${digits(moment.getDate())}`;
}

console.log(JSON.stringify({ "ical.js": byIcalJs(), "node-ical": byNodeIcal() }));
