// Takes a link's secret out of the address, has the Hub sign its person in, shows what the link is about and, on
// *Open in JupyterLab*, exchanges it for the document. Everything that comes from people is put into text nodes.
'use strict';
(() => {
  const KEPT = 'tandem-link';
  const element = id => document.getElementById(id);
  const { prefix, xsrf } = element('link').dataset;

  const ROLES = {
    viewer: 'can look at it as it changes',
    commenter: 'can look at it and comment',
    suggester: 'can look at it, comment and suggest changes',
    editor: 'can look at it, comment and change it'
  };
  const RUN = ', and run code at its owner’s server';

  /** The secret leaves the address and the history at once; signing in leads away and back. */
  function takeSecret() {
    const secret = location.hash.slice(1);
    if (secret) {
      sessionStorage.setItem(KEPT, secret);
      history.replaceState(null, '', location.pathname);
    }
    return secret || sessionStorage.getItem(KEPT) || '';
  }

  async function ask(what, body) {
    let response;
    let answer;
    try {
      response = await fetch(`${prefix}link/${what}`, {
        method: 'POST',
        credentials: 'same-origin',
        referrerPolicy: 'no-referrer',
        headers: { 'Content-Type': 'application/json', 'X-Xsrftoken': xsrf },
        body: JSON.stringify(body)
      });
      answer = await response.json();
    } catch {
      throw new Error('The service cannot be reached. Try again in a moment.');
    }
    if (!response.ok) {
      throw new Error(answer.message || 'Something went wrong. Try again in a moment.');
    }
    return answer;
  }

  function say(sentence) {
    element('sentence').textContent = sentence;
    element('link').setAttribute('aria-busy', 'false');
  }

  function object(sentence) {
    element('problem').textContent = sentence;
    element('problem').hidden = sentence === '';
  }

  function show(preview) {
    say(
      preview.by ? `${preview.by} shares a document with you.` : 'A document is shared with you.'
    );
    element('what').textContent = preview.name;
    element('by').textContent = preview.by || 'its owner';
    element('role').textContent =
      (ROLES[preview.role] || preview.role) + (preview.may_run ? RUN : '');
    element('until').textContent = preview.expires_at
      ? new Date(preview.expires_at * 1000).toLocaleString([], {
          dateStyle: 'long',
          timeStyle: 'short'
        })
      : 'it is taken back';
    element('password-field').hidden = !preview.password;
    element('form').hidden = false;
    element(preview.password ? 'password' : 'continue').focus();
  }

  async function open(secret) {
    const preview = await ask('look', { secret });
    if (preview.gone) {
      sessionStorage.removeItem(KEPT);
      say('What this link leads to is gone. Ask the person who sent it.');
      return;
    }
    show(preview);
    element('form').addEventListener('submit', event => {
      event.preventDefault();
      void redeem(secret);
    });
  }

  async function redeem(secret) {
    object('');
    element('continue').disabled = true;
    try {
      const { url } = await ask('redeem', { secret, password: element('password').value });
      sessionStorage.removeItem(KEPT);
      location.replace(url);
    } catch (error) {
      object(error.message);
      element('continue').disabled = false;
    }
  }

  const secret = takeSecret();
  if (!secret) {
    say('For your safety the link is not kept here. Open it again from where you got it.');
  } else if (!xsrf) {
    location.replace(`${prefix}link/open`);
  } else {
    open(secret).catch(error => {
      sessionStorage.removeItem(KEPT);
      say(error.message);
    });
  }
})();
