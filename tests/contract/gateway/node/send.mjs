// Sends one call of each kind with Segment's own library, to the host and with the write key of its arguments.
import segment from "@segment/analytics-node";

const [host, writeKey] = process.argv.slice(2);
const analytics = new segment.Analytics({ host, writeKey, flushAt: 20, maxRetries: 0 });
const timestamp = new Date("2026-05-01T12:00:00.000Z");
const ana = { userId: "7", timestamp };

analytics.track({ ...ana, event: "Order Completed", messageId: "m-order", properties: { order_id: "50", total: 25.5, currency: "EUR", products: [{ product_id: "p-1", quantity: 2, price: 12.75 }] } });
analytics.track({ anonymousId: "b-1", timestamp, event: "payment.failed", messageId: "m-payment", properties: { reason: "declined" } });
analytics.page({ ...ana, messageId: "m-page", name: "Home", properties: { url: "https://shop.example/home?utm=1" } });
analytics.screen({ ...ana, messageId: "m-screen", name: "Cart" });
analytics.identify({ ...ana, anonymousId: "b-1", messageId: "m-identify", traits: { email: "Ana@shop.example", plan: "gold", name: "Ana" } });
analytics.alias({ ...ana, previousId: "b-0", messageId: "m-alias" });
analytics.group({ ...ana, groupId: "g-1", messageId: "m-group" });
analytics.on("error", (error) => { console.error(error); process.exitCode = 1; });
await analytics.closeAndFlush({ timeout: 20_000 });
